#include "plans/proposing/version_files.hpp"

#include "core/doctor/tool_version.hpp"

namespace rung {

std::optional<Guess> version_in_files(
    const Project& project, const std::string& what,
    std::initializer_list<const char*> files) {
  for (const char* file : files) {
    const std::string* text = project.text(file);
    if (text == nullptr) continue;
    if (const auto version = version_wanted(*text, 2); !version.empty()) {
      return Guess{what + ' ' + version, project.shown(file)};
    }
  }
  return {};
}

}  // namespace rung
