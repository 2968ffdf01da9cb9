#include "core/audit/project_paths.hpp"

#include <algorithm>

#include "core/text/plain_path.hpp"
#include "core/variables/language.hpp"

namespace rung {

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash);
}

ProjectPaths::ProjectPaths(std::span<const SourceText> files) {
  for (const SourceText& one : files) {
    files_.emplace(std::string(one.path), &one);
  }
}

const SourceText* ProjectPaths::file(std::string_view path) const {
  const auto it = files_.find(path);
  return it == files_.end() ? nullptr : it->second;
}

const SourceText* ProjectPaths::with_ending(const std::string& path) const {
  static constexpr std::string_view kEndings[] = {
      "", ".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx", ".mts", ".cts"};
  for (const std::string_view ending : kEndings) {
    if (const auto* one = file(path + std::string(ending))) return one;
  }
  // TypeScript writes "./a.js" for a.ts.
  for (const char* made : {".js", ".mjs", ".cjs", ".jsx"}) {
    if (!path.ends_with(made)) continue;
    const std::string stem = path.substr(0, path.rfind('.'));
    for (const char* source : {".ts", ".tsx", ".mts", ".cts"}) {
      if (const auto* one = file(stem + source)) return one;
    }
  }
  for (const std::string_view ending : kEndings) {
    if (ending.empty()) continue;
    if (const auto* one = file(path + "/index" + std::string(ending))) {
      return one;
    }
  }
  return nullptr;
}

const SourceText* ProjectPaths::of_node(std::string_view path) const {
  const std::string plain = plain_path(path);
  if (const auto* one = with_ending(plain)) return one;
  for (const std::string_view made : {"dist/", "build/", "lib/", "out/"}) {
    if (!plain.starts_with(made)) continue;
    const std::string rest = plain.substr(made.size());
    for (const char* source : {"src/", ""}) {
      if (const auto* one = with_ending(source + rest)) return one;
    }
  }
  return nullptr;
}

const SourceText* ProjectPaths::of_python(std::string_view module,
                                          std::string_view folder) const {
  std::string path(folder);
  if (!path.empty()) path += '/';
  path += module;
  std::replace(path.begin() + static_cast<std::ptrdiff_t>(
                                  folder.empty() ? 0 : folder.size() + 1),
               path.end(), '.', '/');
  for (const char* ending : {".py", "/__init__.py", "/__main__.py"}) {
    if (const auto* one = file(path + ending)) return one;
  }
  return nullptr;
}

namespace {

void add_python(const Import& one, const SourceText& file,
                const ProjectPaths& paths, LocalImports& found) {
  std::string_view name = one.name;
  std::vector<std::string> folders;
  const auto dots = std::min(name.find_first_not_of('.'), name.size());
  if (dots > 0) {
    std::string_view folder = folder_of(file.path);
    for (std::size_t i = 1; i < dots; ++i) folder = folder_of(folder);
    folders.emplace_back(folder);
    name.remove_prefix(dots);
  } else {
    // The folder of the program is searched, and each one above it may be.
    for (std::string_view folder = folder_of(file.path);;
         folder = folder_of(folder)) {
      folders.emplace_back(folder);
      if (folder.empty()) break;
    }
    folders.emplace_back("src");
  }
  bool any = false;
  for (const std::string& folder : folders) {
    const auto add = [&](std::string_view module) {
      const auto* one_file = paths.of_python(module, folder);
      if (one_file == nullptr) return;
      found.files.push_back(one_file);
      any = true;
    };
    if (!name.empty()) add(name);
    for (const std::string_view part : one.names) {
      add(name.empty() ? std::string(part)
                       : std::string(name) + '.' + std::string(part));
    }
    if (any) return;
  }
  if (dots > 0) found.incomplete = true;
}

void add_node(const Import& one, const SourceText& file,
              const ProjectPaths& paths, LocalImports& found) {
  const std::string_view name = one.name;
  const bool relative = name.starts_with('.');
  const bool alias = name.starts_with("@/") || name.starts_with("~") ||
                     name.starts_with('#') || name.starts_with('/');
  if (!relative && !alias) return;
  if (const auto ending = file_ending(name);
      ending == "json" || ending == "css" || ending == "scss") {
    return;
  }
  const SourceText* one_file = nullptr;
  if (relative) {
    one_file = paths.of_node(std::string(folder_of(file.path)) + '/' +
                             std::string(name));
  } else if (const auto slash = name.find('/'); slash != name.npos) {
    const std::string rest(name.substr(slash + 1));
    one_file = paths.of_node("src/" + rest);
    if (one_file == nullptr) one_file = paths.of_node(rest);
  }
  if (one_file != nullptr) {
    found.files.push_back(one_file);
  } else {
    found.incomplete = true;
  }
}

}  // namespace

LocalImports local_imports(const SourceText& file, const ProjectPaths& paths,
                           bool sure) {
  LocalImports found;
  const Language language = language_of(file.path, file.text);
  if (language != kPython && language != kNode) return found;
  const Tokens tokens = tokens_of(file.text, language, file.path);
  for (const Import& one : imports_of(tokens, language)) {
    if (one.types_only || (sure && (one.optional || one.inner))) continue;
    if (language == kPython) {
      add_python(one, file, paths, found);
    } else {
      add_node(one, file, paths, found);
    }
  }
  return found;
}

}  // namespace rung
