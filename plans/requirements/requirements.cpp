#include "plans/requirements/requirements.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "plans/requirements/npm.hpp"
#include "plans/requirements/other_tools.hpp"
#include "plans/requirements/pip_file.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

/// Lock files of large projects reach some megabytes.
constexpr std::size_t kMaxFile = 64 << 20;

bool is_json(const std::filesystem::path& file) {
  return file.extension() == ".json";
}

bool is_lock(const std::filesystem::path& file, std::string_view text) {
  return file.filename().string().find("lock") != std::string::npos ||
         text.find("\"lockfileVersion\"") != std::string_view::npos;
}

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
  refuse_other_tools(file);
  const std::string text = read_text_file(file, kMaxFile);
  refuse_other_tools(file, text);
  if (text.find_first_not_of(" \t\r\n") != std::string::npos && is_json(file)) {
    return is_lock(file, text) ? parse_package_lock(text, file.string())
                               : package_json(text, file);
  }
  return parse_pip_file(text, file, [](const std::filesystem::path& path) {
    return read_text_file(path, kMaxFile);
  });
}

std::string left_out_of(const std::filesystem::path& good,
                        const std::filesystem::path& bad) {
  if (!is_json(good) || !is_json(bad)) return "";
  const std::string one = read_text_file(good, kMaxFile);
  const std::string other = read_text_file(bad, kMaxFile);
  if (is_lock(good, one) || is_lock(bad, other)) return "";
  const auto names = other_differences(one, other);
  if (names.empty()) return "";
  return fmt::format(
      "{} and {} also differ in {}: a trial takes their dependencies and "
      "nothing else; make the rest a commit",
      good.string(), bad.string(), fmt::join(names, ", "));
}

std::string requirements_path(const std::filesystem::path& file) {
  return is_json(file) ? "package.json" : "requirements.txt";
}

}  // namespace rung
