#include "plans/requirements/requirements.hpp"

#include "plans/requirements/npm.hpp"
#include "plans/requirements/other_tools.hpp"
#include "plans/requirements/pip_file.hpp"
#include "plans/text_file.hpp"

namespace rung {

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
               : parse_package_json(text, file.string());
  }
  return parse_pip_file(text, file, [](const std::filesystem::path& path) {
    return read_text_file(path, kMax);
  });
}

std::string requirements_path(const std::filesystem::path& file) {
  return file.extension() == ".json" ? "package.json" : "requirements.txt";
}

}  // namespace rung
