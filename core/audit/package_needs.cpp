#include "core/audit/package_needs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/imports.hpp"
#include "core/audit/package_names.hpp"
#include "core/audit/project_paths.hpp"
#include "core/audit/started_program.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/split.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

/// Where an import stands that nothing provides.
struct Need {
  std::string place;
  std::size_t more = 0;  ///< other files
  bool certain = false;  ///< the deployment surely loads it
};

/// Whether a file is of the service, and not for the desk.
bool is_of_service(std::string_view path) {
  static constexpr std::string_view kFolders[] = {
      "notebooks",  "ci",         ".ci",       "hack",        "contrib",
      "demo",       "demos",      "dev",       "devtools",    "locust",
      "infra",      "deploy",     "packaging", "extra",       "extras",
      "storybook",  ".storybook", "templates", "experiments", "website",
      "test-utils", "perf"};
  static constexpr std::string_view kNames[] = {
      "setup.py",   "noxfile.py",    "tasks.py",
      "fabfile.py", "gulpfile.js",   "Gruntfile.js",
      "conf.py",    "locustfile.py", "dangerfile.js"};
  const auto name = file_name(path);
  if (is_beside_service(path) || path.find('{') != path.npos ||
      name.find(".config.") != name.npos || name.starts_with('.') ||
      name.find("stories.") != name.npos || name.ends_with(".d.ts") ||
      name.ends_with(".pyi") || name.starts_with("test.") ||
      std::find(std::begin(kNames), std::end(kNames), name) !=
          std::end(kNames)) {
    return false;
  }
  for (const std::string_view part : split(folder_of(path), '/')) {
    if (std::find(std::begin(kFolders), std::end(kFolders), part) !=
            std::end(kFolders) ||
        (part.starts_with('.') && part.size() > 1)) {
      return false;
    }
  }
  return true;
}

/// What an import of the project's own may begin with: files and folders that
/// lie in no package of Python; for Node those that a setting makes modules.
std::set<std::string_view> own_names(std::span<const SourceText> files,
                                     const DeclaredPackages& declared,
                                     Language language) {
  std::set<std::string_view> names, packages;
  bool based = false;
  for (const SourceText& file : files) {
    if (file_name(file.path) == "__init__.py") {
      packages.insert(folder_of(file.path));
    }
    based = based || (file.path.find("config") != file.path.npos &&
                      (file.text.find("baseUrl") != file.text.npos ||
                       file.text.find("modules") != file.text.npos));
  }
  if (language == kNode && !based) return names;
  for (const SourceText& file : files) {
    if (file.path.ends_with(".pyi")) continue;
    std::string_view path = file.path;
    for (;;) {
      const std::string_view folder = folder_of(path);
      const bool top = folder.empty() || file_name(folder) == "src" ||
                       declared.folders.contains(std::string(folder));
      const std::string_view name = file_name(path);
      if (language == kPython ? !packages.contains(folder) : top) {
        names.insert(name.substr(0, name.find('.')));
      }
      if (folder.empty()) break;
      path = folder;
    }
  }
  return names;
}

class NeedsLook {
 public:
  NeedsLook(const DeclaredPackages& declared, Language language,
            const Deployed& deployed, std::span<const SourceText> files)
      : declared_(declared),
        language_(language),
        files_(files),
        paths_(files),
        own_(own_names(files, declared, language)) {
    started_ = started_files(deployed, paths_);
  }

  std::vector<AuditFinding> take() {
    if (declared_.files.empty()) return {};
    for (const SourceText& file : files_) {
      if (language_of(file.path, file.text) != language_) continue;
      const Tokens tokens = tokens_of(file.text, language_, file.path);
      const bool counts = is_of_service(file.path) && is_covered(file.path);
      for (const Import& one : imports_of(tokens, language_)) {
        imported_.insert(language_ == kPython
                             ? one.name.substr(0, one.name.find('.'))
                             : package_of(one.name));
        if (counts && !one.optional && !one.types_only) look_at(file, one);
      }
    }
    tell();
    return std::move(found_);
  }

 private:
  void add(AuditLevel level, std::string kind, std::string place,
           std::string text, std::string action) {
    found_.push_back({level, std::move(kind), "", std::move(place),
                      std::move(text), std::move(action)});
  }

  /// Whether a list of packages is for the file's folder or one above it.
  [[nodiscard]] bool is_covered(std::string_view path) const {
    for (std::string_view folder = folder_of(path);;
         folder = folder_of(folder)) {
      if (declared_.folders.contains(std::string(folder))) return true;
      if (folder.empty()) return false;
    }
  }

  static std::string package_of(std::string_view import) {
    auto end = import.find('/');
    if (import.starts_with('@') && end != import.npos) {
      end = import.find('/', end + 1);
    }
    return std::string(import.substr(0, end));
  }

  void look_at(const SourceText& file, const Import& one) {
    const bool certain = !one.inner && started_.contains(file.path);
    const std::string place = fmt::format("{}:{}", file.path, one.line);
    const std::string name = language_ == kPython
                                 ? one.name.substr(0, one.name.find('.'))
                                 : package_of(one.name);
    if (language_ == kPython) {
      if (const int since = python_without(name);
          since != 0 && declared_.python >= since && !own_.contains(name) &&
          !declared_.packages.contains("setuptools") && !one.inner) {
        add(certain ? AuditLevel::error : AuditLevel::warning, "python-module",
            place,
            fmt::format("imports {}, which Python has no more since 3.{}, and "
                        "{} asks for 3.{}",
                        name, since, declared_.python_place, declared_.python),
            "import what took its place, or run an older Python");
        return;
      }
      if (is_beside(file, name) || is_provided_to_python(name, one.name)) {
        return;
      }
    } else {
      if (is_provided_to_node(one.name, name)) {
        for_development(file, name, place, certain);
        return;
      }
    }
    Need& need = needs_[name];
    if (!seen_.insert(name + '\n' + std::string(file.path)).second) return;
    if (need.place.empty() || (certain && !need.certain)) {
      if (!need.place.empty()) ++need.more;
      need.place = place;
      need.certain = certain;
    } else {
      ++need.more;
    }
  }

  /// A file in the same folder, or one above it, that is run from there.
  [[nodiscard]] bool is_beside(const SourceText& file,
                               std::string_view name) const {
    for (std::string_view folder = folder_of(file.path);;
         folder = folder_of(folder)) {
      const SourceText* own = paths_.of_python(name, folder);
      if (own != nullptr && own->path != file.path) return true;
      if (folder.empty()) return false;
    }
  }

  [[nodiscard]] bool is_provided_to_python(std::string_view name,
                                           std::string_view whole) const {
    if (name.empty() || name.starts_with('_') || name.ends_with("_pb2") ||
        name.ends_with("_pb2_grpc") || is_python_module(name) ||
        own_.contains(name)) {
      return true;
    }
    const auto provides = [&](const std::string& package) {
      return may_provide(package, name);
    };
    if (std::any_of(declared_.packages.begin(), declared_.packages.end(),
                    [&](const auto& one) { return provides(one.first); })) {
      return true;
    }
    if (!declared_.locked.empty()) {
      return std::any_of(declared_.locked.begin(), declared_.locked.end(),
                         provides);
    }
    return is_usually_brought(name) || whole.starts_with("google.") ||
           std::any_of(declared_.packages.begin(), declared_.packages.end(),
                       [&](const auto& one) {
                         return is_brought_by(one.first, name) ||
                                shares_a_word(one.first, name);
                       });
  }

  /// django-prometheus may bring what is imported as prometheus_client, and
  /// django itself.
  static bool shares_a_word(std::string_view package, std::string_view import) {
    const std::string_view first = import.substr(0, import.find('_'));
    const auto words = split(package, '-');
    const bool framework = first == "django" || first == "flask";
    return (first == import || (first.size() >= 5 && !framework)) &&
           std::find(words.begin(), words.end(), first) != words.end();
  }

  [[nodiscard]] bool is_provided_to_node(std::string_view import,
                                         const std::string& package) const {
    static constexpr std::string_view kGiven[] = {
        "vscode", "electron", "aws-sdk", "k6", "bun", "meteor", "ember"};
    // A file, a scheme such as "node:fs", what a bundler makes of it.
    if (import.empty() || import.find_first_of(":!?$ ") != import.npos ||
        std::string_view("./#~").find(import[0]) != std::string_view::npos ||
        import.starts_with("@/") || import == "@" || is_node_module(import) ||
        ascii_lower(package) != package || package.ends_with(".css")) {
      return true;
    }
    static constexpr std::string_view kTypes[] = {
        "estree",        "geojson",
        "hast",          "mdast",
        "unist",         "json-schema",
        "har-format",    "aws-lambda",
        "trusted-types", "chrome",
        "react",         "express-serve-static-core",
        "node",          "css-font-loading-module"};
    const bool types = std::find(std::begin(kTypes), std::end(kTypes),
                                 package) != std::end(kTypes) &&
                       declared_.packages.contains("@types/" + package);
    if (declared_.packages.contains(package) || types ||
        declared_.locked.contains(package) ||
        std::find(std::begin(kGiven), std::end(kGiven), package) !=
            std::end(kGiven) ||
        own_.contains(package) || declared_.aliases.contains(package) ||
        declared_.aliases.contains(package.substr(0, package.find('/')))) {
      return true;
    }
    return false;
  }

  /// What only those have who work on the project.
  void for_development(const SourceText& file, const std::string& package,
                       const std::string& place, bool certain) {
    const auto it = declared_.packages.find(package);
    if (it == declared_.packages.end() || !it->second.development || !certain ||
        // What TypeScript imports may be types alone, and is left out then.
        !(file.path.ends_with("js") || file.path.ends_with("jsx")) ||
        !told_.insert(package).second) {
      return;
    }
    add(AuditLevel::warning, "development-package", place,
        fmt::format("the start command runs this, it imports {}, and {} has it "
                    "for development alone: after an install without those "
                    "packages it does not start",
                    package, it->second.place),
        "move it to \"dependencies\"");
  }

  /// The list of packages for the folder of a file.
  [[nodiscard]] const std::string& nearest_list(std::string_view place) const {
    const std::string* nearest = &declared_.files.front();
    std::size_t longest = 0;
    for (const std::string& file : declared_.files) {
      const std::string_view folder = folder_of(file);
      if (folder.size() > longest && place.starts_with(folder) &&
          place.substr(folder.size()).starts_with('/')) {
        nearest = &file;
        longest = folder.size();
      }
    }
    return *nearest;
  }
  /// "a/package.json names", "a.txt and 2 more lists name"
  [[nodiscard]] std::string lists_beside(const std::string& first) const {
    const std::size_t more = declared_.files.size() - 1;
    return more == 0 ? first + " names"
                     : fmt::format("{} and {} more list{} name", first, more,
                                   more == 1 ? "" : "s");
  }

  void tell() {
    const bool locked = !declared_.locked.empty();
    for (const auto& [name, need] : needs_) {
      if (declared_.open) break;  // what is installed is not known
      const std::string_view known =
          language_ == kPython ? known_packages_of(name) : name;
      const std::string_view package = known.substr(0, known.find(' '));
      const std::string& first = nearest_list(need.place);
      add(need.certain && locked ? AuditLevel::error : AuditLevel::warning,
          "requirement", need.place,
          fmt::format(
              "imports {}{}, and {} no package for it{}", name,
              need.more == 0 ? "" : fmt::format(" (and {} more)", need.more),
              lists_beside(first),
              locked ? "" : ": it works only if another package brings it"),
          package.empty()
              ? fmt::format(
                    "add the package that provides it to {} (unverified: "
                    "it may be called {})",
                    first, plain_package(name))
          : language_ == kPython ? fmt::format("add {} to {}", package, first)
                                 : fmt::format("add it to {}", first));
    }
    unused();
  }

  /// Requirements that nothing imports or names. Where there are many, the
  /// list says all that is installed, and not what is needed.
  void unused() {
    std::vector<std::string> idle;
    std::size_t direct = 0;
    std::string place;
    for (const auto& [name, package] : declared_.packages) {
      if (package.development || !package.direct) continue;
      ++direct;
      if (is_used(name)) continue;
      idle.push_back(name);
      if (place.empty()) place = package.place;
    }
    if (declared_.more_sources || idle.empty() || direct < 2 ||
        idle.size() * 3 > direct)
      return;
    add(AuditLevel::note, "unused-requirement", place,
        fmt::format("required, and no source imports or names it: {}",
                    fmt::join(idle, ", ")),
        "a plugin, a driver, a program or a peer of another package may be "
        "needed without an import: try without before you remove it");
  }

  [[nodiscard]] bool is_used(const std::string& package) const {
    static constexpr std::string_view kUnseen[] = {
        // What servers, drivers and frameworks load by themselves.
        "psycopg",
        "mysql",
        "asyncpg",
        "sqlite",
        "redis",
        "uvloop",
        "httptools",
        "multipart",
        "email-validator",
        "greenlet",
        "gevent",
        "gunicorn",
        "uvicorn",
        "hypercorn",
        "daphne",
        "brotli",
        "cryptography",
        "setuptools",
        "wheel",
        "pip",
        "tzdata",
        "typescript",
        "types",
        "pytest",
        "flake8",
        "stubs",
        "mypy",
        "eslint",
        "babel",
        "loader",
        "plugin",
        "preset",
        "polyfill",
        "cli",
        "sharp",
        "pg",
        "pino",
        "core-js",
        "regenerator",
        "react-dom",
        "driver",
        "backend",
        "certifi",
        "urllib3",
        "dns",
        "hiredis",
        "orjson",
        "httpx",
        "tslib",
        "reflect-metadata",
        "peer",
        "@emotion/",
        "graphql",
        "react-is",
        "pyopenssl"};
    for (const std::string_view word : kUnseen) {
      if (package.find(word) != package.npos) return true;
    }
    // A version of what another package brings may be fixed here.
    std::string under = package;
    std::replace(under.begin(), under.end(), '-', '_');
    if (language_ == kPython && is_usually_brought(under)) return true;
    if (imported_.contains(package)) return true;
    if (language_ == kPython &&
        std::any_of(imported_.begin(), imported_.end(),
                    [&](const std::string& import) {
                      return !import.empty() && may_provide(package, import);
                    })) {
      return true;
    }
    // A setting, a script or a command may name it: django-cors-headers is
    // "corsheaders" there.
    std::string short_name = under;
    for (const std::string_view begin : {"django_", "flask_", "python_"}) {
      if (under.starts_with(begin)) short_name = under.substr(begin.size());
    }
    std::string joined = short_name;
    std::erase(joined, '_');
    return std::any_of(files_.begin(), files_.end(), [&](const SourceText& f) {
      const auto name = file_name(f.path);
      if (name.starts_with("requirements") || name.ends_with(".md") ||
          name.ends_with(".rst") || name == "CHANGELOG") {
        return false;
      }
      const auto first = f.text.find(package);
      const auto has = [&](const std::string& word) {
        return f.text.find(word) != f.text.npos;
      };
      const bool named = first != f.text.npos || has(under) ||
                         (language_ == kPython &&
                          (has('"' + short_name) || has('\'' + short_name) ||
                           has('"' + joined) || has('\'' + joined)));
      const bool own_list = name == "package.json" ||
                            name == "pyproject.toml" || name == "Pipfile" ||
                            name == "setup.py" || name == "setup.cfg";
      return named &&
             (!own_list || f.text.find(package, first + 1) != f.text.npos);
    });
  }

  const DeclaredPackages& declared_;
  Language language_;
  std::span<const SourceText> files_;
  ProjectPaths paths_;
  std::set<std::string_view> own_, started_;
  std::set<std::string> imported_, seen_, told_;
  std::map<std::string, Need> needs_;
  std::vector<AuditFinding> found_;
};

}  // namespace

std::vector<AuditFinding> python_needs(const DeclaredPackages& declared,
                                       const Deployed& deployed,
                                       std::span<const SourceText> files) {
  return NeedsLook(declared, kPython, deployed, files).take();
}

std::vector<AuditFinding> node_needs(const DeclaredPackages& declared,
                                     const Deployed& deployed,
                                     std::span<const SourceText> files) {
  return NeedsLook(declared, kNode, deployed, files).take();
}

}  // namespace rung
