#include "cmd/input/declared_packages.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/audit/package_names.hpp"
#include "core/audit/project_paths.hpp"
#include "core/base/error.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/json_text.hpp"
#include "core/text/split.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "core/variables/tokens.hpp"
#include "plans/proposing/toml_lines.hpp"
#include "plans/requirements/pip_requirement.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestLock = 32U << 20U;  // bytes

std::string text_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || size > kLargestLock) return "";
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Adds the first group of each match.
void add_matches(const std::string& text, const RE2& pattern,
                 std::set<std::string>& to, bool python) {
  re2::StringPiece rest(text);
  std::string name;
  while (RE2::FindAndConsume(&rest, pattern, &name)) {
    to.insert(python ? plain_package(name) : name);
  }
}

class PythonLists {
 public:
  explicit PythonLists(const fs::path& folder) : folder_(folder) {}

  DeclaredPackages read(std::span<const SourceText> files) {
    for (const SourceText& file : files) {
      if (file.path == ".gitmodules") all_.more_sources = true;
      if (!is_aside(file.path)) read_file(file);
    }
    for (const std::string& at : all_.folders) {
      static const RE2 toml(R"re((?m)^name = "([^"]+)")re", byte_options());
      static const RE2 json(R"re((?m)^        "([A-Za-z0-9._-]+)": \{)re",
                            byte_options());
      for (const char* lock : {"poetry.lock", "uv.lock", "pdm.lock"}) {
        add_matches(text_of(folder_ / at / lock), toml, all_.locked, true);
      }
      add_matches(text_of(folder_ / at / "Pipfile.lock"), json, all_.locked,
                  true);
    }
    return std::move(all_);
  }

 private:
  void read_file(const SourceText& file) {
    const auto name = file_name(file.path);
    const Language language = language_of(file.path, file.text);
    const bool list = (name.ends_with(".txt") || name.ends_with(".in")) &&
                      (file.path.find("require") != file.path.npos);
    if (list) {
      read_list(file);
    } else if (name == "pyproject.toml" || name == "Pipfile") {
      read_toml(file);
    } else if (name == "setup.py") {
      read_setup(file);
    } else if (name == "setup.cfg" || name == "environment.yml" ||
               name == "environment.yaml" || name == "conda.yml") {
      read_words(file);
    } else if (language == kDocker || language == kShell) {
      read_installs(file);
    } else if (name == "python-version" || name == ".python-version" ||
               name == "runtime.txt") {
      take_version(file.text, std::string(file.path));
    }
  }

  void note_file(const SourceText& file) {
    all_.files.emplace_back(file.path);
    std::string_view at = folder_of(file.path);
    // requirements/base.txt is for what lies beside that folder.
    if (file_name(at).find("require") != at.npos && !at.empty()) {
      at = folder_of(at);
    }
    all_.folders.insert(std::string(at));
  }

  void add(std::string_view line, const SourceText& file, bool development,
           bool direct) {
    try {
      const Requirement one = parse_pip_requirement(line);
      add_name(one.package, file, development, direct);
      // "[redis]" brings what may be called so.
      if (one.rest.starts_with('[')) {
        const auto end = one.rest.find(']');
        for (const auto extra :
             split(std::string_view(one.rest).substr(1, end - 1), ',')) {
          add_extra(extra, file);
        }
      }
    } catch (const Error&) {
      all_.open = true;
    }
  }
  void add_extra(std::string_view extra, const SourceText& file) {
    while (extra.starts_with(' ')) extra.remove_prefix(1);
    if (extra == "standard" || extra == "all") {
      for (const char* more :
           {"uvicorn", "httpx", "jinja2", "python-multipart", "itsdangerous",
            "orjson", "ujson", "email-validator", "pydantic-settings",
            "pydantic-extra-types", "pyyaml", "python-dotenv", "websockets",
            "watchfiles", "uvloop", "httptools"}) {
        add_name(more, file, false, false);
      }
    }
    add_name(extra, file, false, false);
  }
  void add_name(std::string_view name, const SourceText& file, bool development,
                bool direct) {
    if (name.empty()) return;
    auto [it, added] = all_.packages.try_emplace(
        plain_package(name),
        DeclaredPackage{std::string(file.path), development, direct});
    if (!added) {
      it->second.development = it->second.development && development;
      it->second.direct = it->second.direct || direct;
    }
  }

  void read_list(const SourceText& file) {
    note_file(file);
    const bool development = file.path.find("dev") != file.path.npos ||
                             file.path.find("test") != file.path.npos ||
                             file.path.find("doc") != file.path.npos;
    // What pip freeze or a compiler of lists wrote has all that is installed.
    std::size_t lines = 0, fixed = 0;
    for (const std::string_view line : lines_of(file.text)) {
      if (line.empty() || line.starts_with('#')) continue;
      ++lines;
      if (line.find("==") != line.npos) ++fixed;
    }
    const bool made = file.text.find("autogenerated by") != file.text.npos ||
                      file.text.find("--hash=") != file.text.npos ||
                      (lines > 15 && fixed * 10 >= lines * 9);
    static const RE2 egg(R"re([#&]egg=([A-Za-z0-9._-]+))re", byte_options());
    static const RE2 url(R"re(/([A-Za-z0-9._-]+?)(?:\.git)?(?:@[^/]*)?$)re",
                         byte_options());
    for (std::string_view line : lines_of(file.text)) {
      if (const auto note = line.find(" #"); note != line.npos) {
        line = line.substr(0, note);
      }
      while (!line.empty() && (line.back() == ' ' || line.back() == '\\' ||
                               line.back() == '\r')) {
        line.remove_suffix(1);
      }
      while (line.starts_with(' ')) line.remove_prefix(1);
      if (const auto hash = line.find(" --hash"); hash != line.npos) {
        line = line.substr(0, hash);
      }
      if (line.empty() || line.starts_with('#') || line.starts_with("--hash")) {
        continue;
      }
      if (line.starts_with("-r") || line.starts_with("-c") ||
          line.starts_with("--req") || line.starts_with("--con") ||
          line.starts_with("-i") || line.starts_with("--")) {
        continue;
      }
      std::string name;
      if (line.starts_with("-e") || line.starts_with("git+") ||
          line.starts_with("http") || line.starts_with('.')) {
        if (RE2::PartialMatch(piece(line), egg, &name) ||
            RE2::PartialMatch(piece(line), url, &name)) {
          add_name(name, file, development, false);
        }
        continue;
      }
      add(line, file, development, !made);
    }
  }

  void read_toml(const SourceText& file) {
    bool any = false;
    for (const TomlLine& line : toml_lines(file.text)) {
      const bool tables = line.table.find("dependencies") != line.table.npos ||
                          (file_name(file.path) == "Pipfile" &&
                           line.table.find("packages") != line.table.npos);
      const bool lists =
          line.key.find("dependencies") != line.key.npos ||
          line.table.find("dependenc") != line.table.npos ||
          line.table.find("dependency-groups") != line.table.npos ||
          line.key == "requires";
      const bool development = line.table.find("dev") != line.table.npos ||
                               line.table.find("group") != line.table.npos ||
                               line.key.find("dev") != line.key.npos ||
                               line.key == "requires";
      const bool own = line.table == "project" && line.key == "dependencies";
      if (own) any = true;
      if (lists) {
        for (const std::string& one : line.list) {
          add(one, file, development, own);
        }
      }
      if (tables && line.list.empty() && line.key != "python") {
        any = true;
        add_name(line.key, file, development, !development);
        if (line.value.find("extras") != line.value.npos) {
          static const RE2 word(R"re(["']([A-Za-z0-9_-]+)["'])re",
                                byte_options());
          std::set<std::string> extras;
          add_matches(line.value, word, extras, false);
          for (const std::string& extra : extras) add_extra(extra, file);
        }
      }
      if (line.key == "dynamic" &&
          std::find(line.list.begin(), line.list.end(), "dependencies") !=
              line.list.end()) {
        any = true;  // requirements.txt or setup.py has them
      }
    }
    // Without a list, another file names the packages.
    if (any || file_name(file.path) == "Pipfile") note_file(file);
  }

  /// Any text of setup.py may be a requirement.
  void read_setup(const SourceText& file) {
    bool any = false;
    for (const Token& token : tokens_of(file.text, kPython, file.path)) {
      if (token.is("install_requires")) any = true;
      if (!token.is_string() || token.text.find(' ') == 0) continue;
      const auto end = token.text.find_first_of(" <>=~![;@");
      if (end != 0) add_name(token.text.substr(0, end), file, false, false);
    }
    if (any) note_file(file);
  }

  /// Any word of a line may be one.
  void read_words(const SourceText& file) {
    static const RE2 word(R"re((?m)^[\s-]*([A-Za-z][A-Za-z0-9._-]*))re",
                          byte_options());
    std::set<std::string> names;
    add_matches(std::string(file.text), word, names, true);
    for (const std::string& name : names) add_name(name, file, false, false);
    if (file.text.find("dependencies") != file.text.npos ||
        file.text.find("install_requires") != file.text.npos) {
      note_file(file);
    }
  }

  /// `RUN pip install gunicorn`
  void read_installs(const SourceText& file) {
    static const RE2 python(R"re((?im)^FROM\s+\S*python:(\d+\.\d+))re",
                            byte_options());
    std::string version;
    if (RE2::PartialMatch(piece(file.text), python, &version)) {
      take_version(version, std::string(file.path));
    }
    for (const std::string_view line : lines_of(file.text)) {
      const auto at = line.find("install");
      if (at == line.npos) continue;
      for (std::string_view word : split(line.substr(at + 7), ' ')) {
        while (word.starts_with('"') || word.starts_with('\'')) {
          word.remove_prefix(1);
        }
        const auto end = word.find_first_of("<>=~![\"';\\");
        word = word.substr(0, end);
        if (!word.empty() && word[0] != '-') {
          add_name(word, file, false, false);
        }
      }
    }
  }

  void take_version(std::string_view text, const std::string& place) {
    static const RE2 form(R"re(^\s*(?:python-)?3\.(\d+))re", byte_options());
    int minor = 0;
    if (RE2::PartialMatch(piece(text), form, &minor) && all_.python == 0) {
      all_.python = minor;
      all_.python_place = place;
    }
  }

  fs::path folder_;
  DeclaredPackages all_;
};

}  // namespace

DeclaredPackages declared_for_python(const fs::path& folder,
                                     std::span<const SourceText> files) {
  return PythonLists(folder).read(files);
}

DeclaredPackages declared_for_node(const fs::path& folder,
                                   std::span<const SourceText> files) {
  DeclaredPackages all;
  std::set<std::string> lock_folders = {""};
  for (const SourceText& file : files) {
    const auto name = file_name(file.path);
    static const RE2 alias(
        R"re(["']?([\w@~#$./-]+?)(?:/\*)?["']?\s*:\s*(?:\[|["'`]|path|resolve|fileURL|new ))re",
        byte_options());
    if (name.find("config") != name.npos || name == "deno.json" ||
        name.starts_with("webpack") || name.starts_with("vite") ||
        name.starts_with("rollup") || name == "package.json" ||
        name.ends_with(".babelrc")) {
      // tsconfig's paths, and aliases of bundlers.
      add_matches(std::string(file.text), alias, all.aliases, false);
    }
    if (name == "deno.json" || name == "import_map.json") all.open = true;
    if (file.path == ".gitmodules") all.more_sources = true;
    if (name != "package.json") continue;
    const auto json = json_from(std::string(file.text));
    if (!json.is_object()) continue;
    if (json.contains("name") && json["name"].is_string()) {
      all.aliases.insert(json["name"].get<std::string>());
    }
    bool any = false;
    for (const auto& [section, development] :
         {std::pair("dependencies", false), std::pair("devDependencies", true),
          std::pair("peerDependencies", false),
          std::pair("optionalDependencies", false)}) {
      if (!json.contains(section) || !json[section].is_object()) continue;
      any = true;
      for (const auto& [package, range] : json[section].items()) {
        auto [it, added] = all.packages.try_emplace(
            package,
            DeclaredPackage{std::string(file.path), development,
                            std::string_view(section) == "dependencies"});
        if (!added && !development) it->second.development = false;
        if (package.starts_with("@docusaurus/") || package == "ember-cli" ||
            package == "meteor-node-stubs") {
          all.open = true;  // they make modules of their own
        }
      }
    }
    if (!any || is_aside(file.path)) continue;
    all.files.emplace_back(file.path);
    all.folders.insert(std::string(folder_of(file.path)));
    lock_folders.insert(std::string(folder_of(file.path)));
  }
  for (const std::string& at : lock_folders) {
    static const RE2 npm(
        R"re("(?:[^"]*/)?node_modules/((?:@[^"/]+/)?[^"/]+)": \{)re",
        byte_options());
    static const RE2 yarn(R"re((?m)^"?((?:@[^@"\s]+)?[^@"\s]*)@)re",
                          byte_options());
    static const RE2 pnpm(
        R"re((?m)^  ['"]?/?((?:@[^@'"\s/]+/)?[^@'"\s/(]+)[@/])re",
        byte_options());
    add_matches(text_of(folder / at / "package-lock.json"), npm, all.locked,
                false);
    add_matches(text_of(folder / at / "yarn.lock"), yarn, all.locked, false);
    add_matches(text_of(folder / at / "pnpm-lock.yaml"), pnpm, all.locked,
                false);
  }
  return all;
}

}  // namespace rung
