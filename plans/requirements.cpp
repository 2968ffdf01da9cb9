#include "plans/requirements.hpp"

#include <fmt/format.h>

#include <array>

#include "core/error.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

struct OtherTool {
  std::string_view file;  ///< "*.x": what ends so
  std::string_view export_with;
};

constexpr std::string_view kCommits =
    "rung switches packages of pip and npm; a lock file like this one lies in "
    "the commits, so bisect those (--good COMMIT --bad COMMIT)";

// What each tool's own manual gives as its export.
constexpr std::array<OtherTool, 29> kOtherTools{{
    {"poetry.lock",
     "poetry export --without-hashes -f requirements.txt -o requirements.txt"},
    {"uv.lock",
     "uv export --no-hashes --no-emit-project -o requirements.txt"},
    {"pdm.lock", "pdm export --without-hashes -o requirements.txt"},
    {"Pipfile.lock", "pipenv requirements > requirements.txt"},
    {"Pipfile", "pipenv requirements > requirements.txt"},
    {"pylock.toml", "uv pip compile pylock.toml -o requirements.txt"},
    {"pyproject.toml", "pip-compile -o requirements.txt pyproject.toml"},
    {"setup.py", "pip-compile -o requirements.txt setup.py"},
    {"setup.cfg", "pip-compile -o requirements.txt setup.cfg"},
    {"environment.yml", "conda run pip freeze > requirements.txt"},
    {"environment.yaml", "conda run pip freeze > requirements.txt"},
    {"conda-lock.yml", "conda run pip freeze > requirements.txt"},
    {"yarn.lock",
     "npm install --package-lock-only (it takes over the versions of a "
     "yarn.lock of version 1), and give package-lock.json"},
    {"pnpm-lock.yaml",
     "npm install --package-lock-only (with versions that npm chooses), and "
     "give package-lock.json, or give package.json"},
    {"bun.lock",
     "bun install --yarn && npm install --package-lock-only, and give "
     "package-lock.json"},
    {"bun.lockb",
     "bun install --yarn && npm install --package-lock-only, and give "
     "package-lock.json"},
    {"deno.lock", ""},
    {"deno.json", ""},
    {"Gemfile.lock", ""},
    {"Gemfile", ""},
    {"go.mod", ""},
    {"go.sum", ""},
    {"Cargo.lock", ""},
    {"Cargo.toml", ""},
    {"composer.lock", ""},
    {"composer.json", ""},
    {"mix.lock", ""},
    {"packages.lock.json", ""},
    {"Package.resolved", ""},
}};

void refuse_other_tools(const std::string& name, const std::string& file) {
  for (const OtherTool& tool : kOtherTools) {
    if (name != tool.file) continue;
    if (tool.export_with.empty()) {
      throw PlanError(fmt::format("{}: {}", file, kCommits));
    }
    throw PlanError(fmt::format("{}: rung does not read {}; export it with: {}",
                                file, name, tool.export_with));
  }
  if (name.ends_with(".toml") || name.ends_with(".yaml") ||
      name.ends_with(".yml") || name.ends_with(".lock")) {
    throw PlanError(fmt::format(
        "{}: read are requirements.txt, the output of pip freeze, package.json "
        "and package-lock.json",
        file));
  }
}

}  // namespace

Requirements read_requirements(const std::filesystem::path& file) {
  // Lock files of large projects reach some megabytes.
  constexpr std::size_t kMax = 64 << 20;
  const std::string name = file.filename().string();
  refuse_other_tools(name, file.string());
  const std::string text = read_text_file(file, kMax);
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
