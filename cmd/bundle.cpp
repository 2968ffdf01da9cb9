#include "cmd/bundle.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "plans/requirements.hpp"

namespace rung {
namespace {

// ${services.NAME.port} and ${services.NAME.host}; everything else stays.
std::string filled(const std::string& text,
                   const std::map<std::string, std::string>& addresses) {
  static constexpr std::string_view kOpen = "${services.";
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t from = text.find(kOpen, at);
    const std::size_t end =
        from == std::string::npos ? from : text.find('}', from);
    if (end == std::string::npos) return out + text.substr(at);
    const std::string name = text.substr(from + 2, end - from - 2);
    const auto it = addresses.find(name);
    if (it == addresses.end()) {
      throw PlanError(fmt::format("${{{}}}: no such service runs", name));
    }
    out += text.substr(at, from - at) + it->second;
    at = end + 1;
  }
}

}  // namespace

std::map<std::string, std::string> files_of(const Release& release,
                                            const ReadCommitted& committed) {
  std::map<std::string, std::string> files;
  for (const auto& [key, value] : release.config) {
    constexpr std::string_view kFile = "file:";
    if (key.compare(0, kFile.size(), kFile) == 0) {
      files[key.substr(kFile.size())] = value;
    }
  }
  const auto target = release.config.find("requirements-file");
  if (target == release.config.end()) return files;
  const std::string& path = target->second;
  if (path.ends_with(".json")) {
    files[path] = write_package_json(release.requirements,
                                     committed(path).value_or(""), path);
  } else {
    const PipFiles pip = write_pip_files(release.requirements,
                                         "constraints.txt");
    files[path] = pip.requirements;
    if (!pip.constraints.empty()) files["constraints.txt"] = pip.constraints;
  }
  return files;
}

Bundle bundle_of(const Release& release,
                 const std::map<std::string, std::string>& addresses,
                 const ReadCommitted& committed) {
  Bundle bundle;
  bundle.release = release;
  bundle.id = release_id(release);
  for (const auto& [name, value] : release.env) {
    bundle.env[name] = filled(value, addresses);
  }
  bundle.files = files_of(release, committed);
  return bundle;
}

}  // namespace rung
