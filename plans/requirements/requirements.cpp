#include "plans/requirements/requirements.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "plans/requirements/npm.hpp"
#include "plans/requirements/other_tools.hpp"
#include "plans/requirements/pip_file.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

/// Of a file with another name it has to show that it is one: without any
/// requirements, every JSON object would do.
Requirements package_json(const std::string& text,
                          const std::filesystem::path& file) {
  if (file.filename() != "package.json" && !looks_like_package_json(text)) {
    throw PlanError(fmt::format(
        "{}: not a package.json (it has no dependencies, no name with a "
        "version, ...); read are requirements.txt, the output of pip freeze, "
        "package.json and package-lock.json",
        file.string()));
  }
  return parse_package_json(text, file.string());
}

}  // namespace

Requirements read_requirements(const std::filesystem::path& file) {
  // Lock files of large projects reach some megabytes.
  constexpr std::size_t kMax = 64 << 20;
  const std::string name = file.filename().string();
  refuse_other_tools(file);
  const std::string text = read_text_file(file, kMax);
  refuse_other_tools(file, text);
  if (text.find_first_not_of(" \t\r\n") != std::string::npos &&
      file.extension() == ".json") {
    return name.find("lock") != std::string::npos ||
                   text.find("\"lockfileVersion\"") != std::string::npos
               ? parse_package_lock(text, file.string())
               : package_json(text, file);
  }
  return parse_pip_file(text, file, [](const std::filesystem::path& path) {
    return read_text_file(path, kMax);
  });
}

std::string requirements_path(const std::filesystem::path& file) {
  return file.extension() == ".json" ? "package.json" : "requirements.txt";
}

}  // namespace rung
