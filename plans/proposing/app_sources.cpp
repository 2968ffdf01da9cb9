#include "plans/proposing/app_sources.hpp"

#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

bool is_app_source(std::string_view path) {
  return is_of_programs(language_of(path, "")) && !is_aside(path);
}

SourceReads app_reads(const Project& project) {
  constexpr std::size_t kMaxText = 400'000;
  std::vector<SourceText> sources;
  for (const std::string& path : project.paths()) {
    if (!is_app_source(path)) continue;
    const std::string* text = project.text(path);
    if (text != nullptr && text->size() <= kMaxText) {
      sources.push_back({path, *text});
    }
  }
  return reads_of_project(sources);
}

}  // namespace rung
