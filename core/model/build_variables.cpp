#include "core/model/build_variables.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "core/text/json_text.hpp"
#include "core/text/plain_path.hpp"
#include "core/text/split.hpp"

namespace rung {
namespace {

// Sources: the manuals of the tools. What they read without being told.
constexpr std::array<std::string_view, 37> kKnown{
    "NODE_ENV",      "NODE_OPTIONS",  "NODE_AUTH_TOKEN", "NPM_TOKEN",
    "BABEL_ENV",     "BROWSERSLIST",  "PUBLIC_URL",      "GENERATE_SOURCEMAP",
    "BUILD_PATH",    "CI",            "CC",              "CXX",
    "CFLAGS",        "CXXFLAGS",      "CPPFLAGS",        "LDFLAGS",
    "MAKEFLAGS",     "PATH",          "HOME",            "GOFLAGS",
    "GOOS",          "GOARCH",        "GOPROXY",         "GOPRIVATE",
    "RUSTFLAGS",     "JAVA_HOME",     "JAVA_OPTS",       "RAILS_ENV",
    "RACK_ENV",      "MIX_ENV",       "PYTHONPATH",      "PYTHONHOME",
    "VIRTUAL_ENV",   "HTTP_PROXY",    "HTTPS_PROXY",     "NO_PROXY",
    "DJANGO_SETTINGS_MODULE"};
constexpr std::array<std::string_view, 31> kPrefixes{
    "NEXT_",      "VITE_",       "REACT_APP_", "VUE_APP_",   "NUXT_",
    "GATSBY_",    "PUBLIC_",     "EXPO_",      "STORYBOOK_", "NG_APP_",
    "npm_config_", "NPM_CONFIG_", "PIP_",      "UV_",        "POETRY_",
    "PIPENV_",    "PDM_",        "BUNDLE_",    "CARGO_",     "CGO_",
    "COMPOSER_",  "YARN_",       "PNPM_",      "BUN_",       "MAVEN_",
    "GRADLE_",    "WEBPACK_",    "ESBUILD_",   "TURBO_",     "SETUPTOOLS_",
    "CMAKE_"};
// Files that build tools look for by themselves.
constexpr std::array<std::string_view, 52> kFiles{
    "package.json",      "Makefile",          "makefile",
    "GNUmakefile",       "Dockerfile",        "CMakeLists.txt",
    "justfile",          "Taskfile.yml",      "Rakefile",
    "Gemfile",           "Cargo.toml",        "build.rs",
    "setup.py",          "setup.cfg",         "pyproject.toml",
    "tox.ini",           "noxfile.py",        "requirements.txt",
    ".npmrc",            ".yarnrc",           ".yarnrc.yml",
    "pip.conf",          "build.gradle",      "build.gradle.kts",
    "pom.xml",           "mix.exs",           "composer.json",
    "nixpacks.toml",     "angular.json",      "turbo.json",
    "nx.json",           "app.json",          "app.config.js",
    "app.config.ts",     "gulpfile.js",       "Gruntfile.js",
    "gatsby-config.js",  "gatsby-config.ts",  "gatsby-node.js",
    "craco.config.js",   "build.js",          "build.mjs",
    "esbuild.js",        "webpack.prod.js",   "webpack.common.js",
    "config-overrides.js", "docusaurus.config.js", "quasar.config.js",
    "build.sh",          "meson.build",       ".env.production",
    ".env"};
constexpr std::array<std::string_view, 14> kConfigs{
    "next",   "vite",    "webpack",  "rollup", "nuxt",   "vue",  "svelte",
    "astro",  "babel",   "postcss",  "tailwind", "tsup", "esbuild", "remix"};
constexpr std::array<std::string_view, 4> kEndings{".js", ".ts", ".mjs",
                                                   ".cjs"};
// Targets and scripts that start what was built.
constexpr std::array<std::string_view, 12> kNoBuild{
    "start", "serve", "run",     "dev",    "test",   "watch",
    "lint",  "fmt",   "preview", "deploy", "format", "clean"};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}
bool is_path(char c) {
  return is_word(c) || c == '.' || c == '/' || c == '-' || c == '@';
}

template <class Is>
std::vector<std::string_view> pieces(std::string_view text, Is&& is) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    if (!is(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is(text[end])) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

bool no_build(std::string_view name) {
  for (const std::string_view prefix : {"pre", "post"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  name = name.substr(0, name.find(':'));
  return std::find(kNoBuild.begin(), kNoBuild.end(), name) != kNoBuild.end();
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 == 0
}
std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "" : std::string(path.substr(0, slash + 1));
}

/// The scripts of a package.json that belong to a build.
std::string scripts_of(std::string_view text, std::string_view command) {
  const auto json = json_from(text);
  if (!json.is_object() || !json.contains("scripts") ||
      !json["scripts"].is_object()) {
    return "";
  }
  const auto asked = pieces(command, [](char c) { return is_path(c) || c == ':'; });
  std::string out;
  for (const auto& [name, script] : json["scripts"].items()) {
    const bool named =
        std::find(asked.begin(), asked.end(), name) != asked.end();
    if (!script.is_string() || (no_build(name) && !named)) continue;
    out += script.get<std::string>() + "\n";
  }
  return out;
}

/// A Makefile without the recipes that start or test what was built.
std::string recipes_of(std::string_view text) {
  std::string out;
  bool skipped = false;
  for (const std::string_view line : lines_of(text)) {
    const auto colon = line.find(':');
    if (!line.empty() && line[0] != '\t' && line[0] != ' ' &&
        colon != line.npos && line.substr(colon, 2) != ":=") {
      skipped = no_build(line.substr(0, colon));
    } else if (!line.empty() && line[0] != '\t') {
      skipped = false;
    }
    if (!skipped) out += std::string(line) + "\n";
  }
  return out;
}

/// A Dockerfile without what a container does when it runs.
std::string steps_of(std::string_view text) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    const auto from = line.find_first_not_of(" \t");
    const auto rest = line.substr(from == line.npos ? line.size() : from);
    const bool runs =
        rest.starts_with("CMD") || rest.starts_with("ENTRYPOINT") ||
        rest.starts_with("EXPOSE") || rest.starts_with("HEALTHCHECK");
    if (!runs) out += std::string(line) + "\n";
  }
  return out;
}

class Reader {
 public:
  Reader(std::string_view command, const BuildWords::ReadFile& read,
         std::set<std::string, std::less<>>& words)
      : command_(command), read_(read), words_(words) {}

  void all() {
    add(command_);
    std::vector<std::string> bases{""};
    const auto words = pieces(command_, is_path);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      for (const std::string_view into : {"cd", "--prefix", "-C", "--cwd"}) {
        if (words[i] != into) continue;
        const auto folder = plain_path(words[i + 1]);
        if (!folder.empty()) bases.push_back(folder + "/");
      }
    }
    for (const std::string& base : bases) {
      for (const std::string_view file : kFiles) try_file(base, file);
      for (const std::string_view tool : kConfigs) {
        for (const std::string_view ending : kEndings) {
          try_file(base, std::string(tool) + ".config" + std::string(ending));
        }
      }
      follow(command_, base, true);
    }
    while (!left_.empty()) {
      const auto [path, text] = std::move(left_.front());
      left_.pop_front();
      read_one(path, text);
    }
  }

  [[nodiscard]] bool all_read() const { return all_read_; }

 private:
  static constexpr std::size_t kMost = 100, kMostTried = 20'000;
  static constexpr std::size_t kLargest = std::size_t{1} << 20;

  void add(std::string_view text) {
    for (const std::string_view word : pieces(text, is_word)) {
      if (word[0] < '0' || word[0] > '9') words_.emplace(word);
    }
  }

  bool try_file(std::string_view base, std::string_view name) {
    const std::string path = plain_path(std::string(base) + std::string(name));
    if (path.empty() || path.size() > 400 || tried_.contains(path)) {
      return false;
    }
    if (found_ == kMost || tried_.size() == kMostTried) {
      all_read_ = false;
      return false;
    }
    tried_.insert(path);
    auto text = read_(path);
    if (!text) return false;
    ++found_;
    if (text->size() <= kLargest) {
      left_.emplace_back(path, *std::move(text));
    } else {
      all_read_ = false;
    }
    return true;
  }

  void read_one(const std::string& path, const std::string& text) {
    const auto name = file_name(path);
    const auto base = folder_of(path);
    if (name == "package.json") {
      const auto scripts = scripts_of(text, command_);
      add(scripts);
      follow(scripts, base, true);
    } else if (name == "Makefile" || name == "makefile" ||
               name == "GNUmakefile" || name.ends_with(".mk")) {
      const auto recipes = recipes_of(text);
      add(recipes);
      follow(recipes, base, true);
    } else if (name.starts_with("Dockerfile")) {
      add(steps_of(text));
    } else if (name == "requirements.txt" || name.starts_with(".env")) {
      // Of these only what they take from the environment.
      for (const std::string_view part :
           pieces(text, [](char c) { return is_word(c) || c == '$' || c == '{'; })) {
        if (part.starts_with('$')) add(part);
      }
    } else {
      add(text);
      follow(text, base, name.ends_with(".sh"));
    }
  }

  /// Files that the text names: any path in a command, else what is imported.
  void follow(std::string_view text, const std::string& base, bool command) {
    for (const std::string_view line : lines_of(text)) {
      const auto from = line.find_first_not_of(" \t");
      const auto code = line.substr(from == line.npos ? line.size() : from);
      const bool imports = code.starts_with("import ") ||
                           code.starts_with("from ") ||
                           code.starts_with("include ") ||
                           code.find("_SETTINGS_MODULE") != code.npos;
      for (const std::string_view word : pieces(code, is_path)) {
        if (!command && !imports && !word.starts_with("./") &&
            !word.starts_with("../")) {
          continue;
        }
        name(word, base);
      }
    }
  }

  void name(std::string_view word, const std::string& base) {
    if (word.find_first_not_of("./-") == word.npos) return;
    const auto file = file_name(word);
    const bool ending = file.find('.', 1) != file.npos;
    const bool path = word.find('/') != word.npos;
    if ((ending || path) && try_file(base, word)) return;
    for (const std::string_view end : {".js", ".ts", ".mjs", ".cjs", ".sh"}) {
      if (path && try_file(base, std::string(word) + std::string(end))) return;
    }
    if (word.starts_with(".")) {
      try_file(base, std::string(word) + "/index.js");
      return;
    }
    // A module of Python.
    std::string module(word);
    std::replace(module.begin(), module.end(), '.', '/');
    if (try_file(base, module + ".py")) return;
    try_file(base, module + "/__init__.py");
    try_file(base, module + "/__main__.py");
  }

  std::string_view command_;
  const BuildWords::ReadFile& read_;
  std::set<std::string, std::less<>>& words_;
  std::set<std::string> tried_;
  std::deque<std::pair<std::string, std::string>> left_;
  std::size_t found_ = 0;
  bool all_read_ = true;
};

}  // namespace

bool BuildEnv::lists(std::string_view name) const {
  return std::any_of(more.begin(), more.end(), [&](const std::string& one) {
    if (!one.ends_with('*')) return one == name;
    return name.starts_with(std::string_view(one).substr(0, one.size() - 1));
  });
}

std::string BuildEnv::text() const {
  std::string out = reads == Reads::named ? "named"
                    : reads == Reads::all ? "all"
                                          : "none";
  for (const std::string& name : more) out += " " + name;
  return out;
}

BuildEnv build_env_from(std::string_view text) {
  BuildEnv out;
  if (text == "all") {
    out.reads = BuildEnv::Reads::all;
  } else if (text == "none") {
    out.reads = BuildEnv::Reads::none;
  } else {
    for (const std::string_view name :
         pieces(text, [](char c) { return c != ',' && c != ' '; })) {
      out.more.emplace(name);
    }
  }
  return out;
}

BuildWords::BuildWords(std::string_view command, const ReadFile& read) {
  Reader reader(command, read, words_);
  reader.all();
  all_read_ = reader.all_read();
}

bool BuildWords::may_read(std::string_view name) const {
  if (!all_read_ || words_.contains(name) ||
      std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end() ||
      std::any_of(kPrefixes.begin(), kPrefixes.end(),
                  [&](auto prefix) { return name.starts_with(prefix); })) {
    return true;
  }
  // envPrefix: "MY_" in a configuration of vite.
  for (auto at = name.find('_'); at != name.npos; at = name.find('_', at + 1)) {
    if (words_.contains(name.substr(0, at + 1))) return true;
  }
  return false;
}

std::map<std::string, std::string> seen_by_build(
    const std::map<std::string, std::string>& env,
    const std::set<std::string>& secrets, const BuildEnv& choice) {
  std::map<std::string, std::string> out;
  if (choice.reads == BuildEnv::Reads::none) return out;
  for (const auto& [name, value] : env) {
    if (secrets.contains(name) && !choice.lists(name)) continue;
    out.emplace(name, value);
  }
  return out;
}

std::map<std::string, std::string> read_by_build(
    const std::map<std::string, std::string>& env,
    const std::set<std::string>& secrets, const BuildEnv& choice,
    const std::function<bool(const std::string&)>& may_read) {
  auto out = seen_by_build(env, secrets, choice);
  if (choice.reads == BuildEnv::Reads::named) {
    std::erase_if(out, [&](const auto& entry) {
      return !choice.lists(entry.first) && !may_read(entry.first);
    });
  }
  return out;
}

}  // namespace rung
