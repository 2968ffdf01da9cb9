#include "core/variables/made_files.hpp"

#include <algorithm>

namespace rung {

bool is_record_folder(std::string_view name) {
  static constexpr std::string_view kFolders[] = {".git", ".hg", ".svn",
                                                  ".rung"};
  return std::find(std::begin(kFolders), std::end(kFolders), name) != std::end(kFolders);
}

bool is_made_folder(std::string_view name) {
  static constexpr std::string_view kFolders[] = {
      "node_modules",  "bower_components",
      "vendor",        "third_party",
      "venv",          ".venv",
      "site-packages", "__pycache__",
      ".tox",          ".nox",
      ".mypy_cache",
      ".pytest_cache", "dist",
      ".next",         ".nuxt",
      ".output",       ".svelte-kit",
      ".turbo",        ".gradle",
      ".terraform",    "_build",
      "Pods",          ".cache",
      ".yarn",         ".pnpm-store",
      ".idea",         "DerivedData",
      ".dart_tool",    "elm-stuff"};
  return std::find(std::begin(kFolders), std::end(kFolders), name) != std::end(kFolders);
}

bool is_made_file(std::string_view name) {
  static constexpr std::string_view kEndings[] = {
      ".min.js", ".min.css", ".map",  ".lock", ".svg",  ".css",  ".snap",
      ".png",    ".jpg",     ".gif",  ".ico",  ".pdf",  ".woff", ".woff2",
      ".zip",    ".gz",      ".jar",  ".so",   ".pyc",  ".class", ".wasm",
      ".csv",    ".po",      ".mo",   ".bundle.js", ".chunk.js"};
  return name == "package-lock.json" || name == "pnpm-lock.yaml" ||
         name == "yarn.lock" || name == "go.sum" ||
         std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view e) { return name.ends_with(e); });
}

}  // namespace rung
