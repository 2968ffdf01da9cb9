#include "plans/requirements.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "plans/text_file.hpp"

namespace rung {

Requirements read_requirements(const std::filesystem::path& file) {
  // Lock files of large projects reach some megabytes.
  constexpr std::size_t kMax = 64 << 20;
  const std::string text = read_text_file(file, kMax);
  const std::string name = file.filename().string();
  if (text.find_first_not_of(" \t\r\n") != std::string::npos &&
      file.extension() == ".json") {
    return name.find("lock") != std::string::npos ||
                   text.find("\"lockfileVersion\"") != std::string::npos
               ? parse_package_lock(text, file.string())
               : parse_package_json(text, file.string());
  }
  if (file.extension() == ".toml" || name == "Pipfile.lock" ||
      name == "yarn.lock" || file.extension() == ".yaml") {
    throw PlanError(fmt::format(
        "{}: read are requirements.txt, the output of pip freeze, package.json "
        "and package-lock.json",
        file.string()));
  }
  return parse_pip_file(text, file, [](const std::filesystem::path& path) {
    return read_text_file(path, kMax);
  });
}

}  // namespace rung
