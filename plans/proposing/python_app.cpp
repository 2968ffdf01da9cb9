#include "plans/proposing/python_app.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/printable.hpp"
#include "core/text/split.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "plans/proposing/toml_lines.hpp"
#include "plans/proposing/version_files.hpp"

namespace rung {
namespace {

constexpr const char* kVenv = "python3 -m venv .venv";
constexpr const char* kPythonPrefix = "export PATH=\"$PWD/.venv/bin:$PATH\"; ";

/// The object that a server serves: `app = FastAPI()` in app/main.py.
struct PythonEntry {
  std::string framework;  ///< "FastAPI", "Flask", ...
  std::string file, module, object;
  std::string source_folder;  ///< "src" where modules are found from there
  std::size_t line = 0;
};

/// How well a file fits as the one to serve; less is better.
int entry_rank(const PythonEntry& entry) {
  static constexpr std::array<std::string_view, 7> kUsual = {
      "wsgi.py", "asgi.py", "main.py", "app.py", "server.py", "run.py",
      "__init__.py"};
  const auto at =
      std::find(kUsual.begin(), kUsual.end(), file_name(entry.file));
  const int name = at == kUsual.end() ? 8 : static_cast<int>(at - kUsual.begin());
  return static_cast<int>(depth_of(entry.file)) * 10 + name;
}

bool is_identifier(std::string_view word) {
  static const RE2 identifier("[A-Za-z_][A-Za-z0-9_]*", byte_options());
  return RE2::FullMatch(piece(word), identifier);
}

/// "app.main" of "app/main.py"; "" if no import can name the file.
std::string module_of(std::string_view file) {
  std::string module;
  for (const auto part : split(file.substr(0, file.size() - 3), '/')) {
    if (part == "__init__") continue;
    if (!is_identifier(part)) return {};
    module += (module.empty() ? "" : ".") + std::string(part);
  }
  return module;
}

std::vector<PythonEntry> python_entries(const Project& project) {
  static const RE2 object(
      R"re(^(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:\w+\.)?(FastAPI|Flask|Starlette|Quart|Sanic|Litestar|APIFlask)\()re",
      byte_options());
  static const RE2 made(R"re(^(app|application)\s*=\s*(?:\w+\.)*(create_app|make_app|get_app|get_application|create_application|build_app)\()re",
                        byte_options());
  static const RE2 factory(R"re(^def\s+(create_app|make_app)\()re",
                           byte_options());
  static const RE2 imported(R"re((?:from|import)\s+(fastapi|flask|starlette|quart|sanic|litestar)\b)re",
                            byte_options());
  std::vector<PythonEntry> entries;
  std::string framework_seen;
  for (const std::string& path : project.paths()) {
    if (!path.ends_with(".py") || depth_of(path) > 3 || is_aside(path)) continue;
    const std::string* text = project.text(path);
    if (text == nullptr) continue;
    std::string seen;
    if (framework_seen.empty() && RE2::PartialMatch(*text, imported, &seen)) {
      framework_seen = seen == "fastapi" ? "FastAPI"
                       : seen == "flask" ? "Flask"
                       : seen == "quart" ? "Quart"
                                         : "Starlette";
    }
    std::size_t number = 0;
    for (const auto line : lines_of(*text)) {
      ++number;
      PythonEntry entry;
      if (!RE2::PartialMatch(piece(line), object, &entry.object,
                             &entry.framework)) {
        std::string function;
        if (RE2::PartialMatch(piece(line), made, &entry.object, &function)) {
          entry.framework = "?";
        } else if (RE2::PartialMatch(piece(line), factory, &function)) {
          entry.framework = "?";
          entry.object = function + "()";
        } else {
          continue;
        }
      }
      entry.file = path;
      std::string_view file = path;
      if (path.starts_with("src/") && !project.has("src/__init__.py")) {
        entry.source_folder = "src";
        file.remove_prefix(4);
      }
      entry.module = module_of(file);
      entry.line = number;
      if (!entry.module.empty()) entries.push_back(std::move(entry));
      break;
    }
  }
  std::erase_if(entries, [&](PythonEntry& entry) {
    if (entry.framework == "?") entry.framework = framework_seen;
    return entry.framework.empty();
  });
  std::stable_sort(entries.begin(), entries.end(),
                   [](const PythonEntry& a, const PythonEntry& b) {
                     // What calls a factory is meant to be served.
                     return std::tuple(a.object.ends_with(')'), entry_rank(a)) <
                            std::tuple(b.object.ends_with(')'), entry_rank(b));
                   });
  return entries;
}

void add_requirement_names(std::string_view text,
                           std::set<std::string>& packages) {
  static const RE2 name(R"re(^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?)re",
                        byte_options());
  for (const auto line : lines_of(text)) {
    std::string package, extras;
    if (!RE2::PartialMatch(piece(line), name, &package, &extras)) continue;
    package = ascii_lower(package);
    std::replace(package.begin(), package.end(), '_', '-');
    std::replace(package.begin(), package.end(), '.', '-');
    packages.insert(package);
    if (package == "fastapi" && !extras.empty()) packages.insert("uvicorn");
  }
}

struct PythonInstall {
  std::string command, from;
  std::vector<std::string> inputs;
};

std::optional<PythonInstall> requirement_install(
    const Project& project, const std::string& file,
    std::set<std::string>& packages) {
  const std::string* text = project.text(file);
  if (text == nullptr) return {};
  PythonInstall install{
      fmt::format("{} && .venv/bin/pip install -r {}", kVenv,
                  shell_quoted(file)),
      project.shown(file),
      {file}};
  for (const auto line : lines_of(*text)) {
    // What it names besides is an input, too: then everything is one.
    if (line.starts_with("-r") || line.starts_with("-c") ||
        line.starts_with("-e") || line.starts_with('.') ||
        line.starts_with("--requirement")) {
      install.inputs.clear();
    }
  }
  add_requirement_names(*text, packages);
  if (install.inputs.empty()) {
    for (const std::string& path : project.paths()) {
      if (!path.ends_with(".txt") || path.find("require") == path.npos ||
          path.find("dev") != path.npos || path.find("test") != path.npos) {
        continue;
      }
      if (const std::string* other = project.text(path)) {
        add_requirement_names(*other, packages);
      }
    }
  }
  return install;
}

std::optional<PythonInstall> project_install(const Project& project,
                                             std::set<std::string>& packages) {
  const std::string* text = project.text("pyproject.toml");
  if (text == nullptr) return {};
  const auto lines = toml_lines(*text);
  bool poetry = false;
  for (const TomlLine& line : lines) {
    if (line.table == "tool.poetry") poetry = true;
    if (line.table == "tool.poetry.dependencies") {
      add_requirement_names(line.key, packages);
      if (line.key == "fastapi" && line.value.find("extras") != line.value.npos) {
        packages.insert("uvicorn");
      }
    }
    if (line.table == "project" && line.key == "dependencies") {
      for (const std::string& one : line.list) {
        add_requirement_names(one, packages);
      }
    }
  }
  const TomlLine* declared = find_toml(lines, "project", "dependencies");
  const std::string from = project.shown("pyproject.toml");
  if (poetry && declared == nullptr) {
    return PythonInstall{
        fmt::format("{} && .venv/bin/pip install poetry && "
                    "VIRTUAL_ENV=\"$PWD/.venv\" .venv/bin/poetry install "
                    "--no-root --only main",
                    kVenv),
        from,
        {}};
  }
  if (declared == nullptr && find_toml(lines, "project", "name") == nullptr) {
    return {};
  }
  if (project.has("uv.lock")) {
    return PythonInstall{
        fmt::format("{} && .venv/bin/pip install uv && "
                    "UV_PROJECT_ENVIRONMENT=\"$PWD/.venv\" .venv/bin/uv sync "
                    "--frozen --no-dev --inexact",
                    kVenv),
        project.shown("uv.lock"),
        {}};
  }
  return PythonInstall{
      fmt::format("{} && .venv/bin/pip install .", kVenv), from, {}};
}

std::optional<PythonInstall> python_install(const Project& project,
                                            std::set<std::string>& packages) {
  for (const char* file :
       {"requirements.txt", "requirements/production.txt",
        "requirements/prod.txt", "requirements/base.txt"}) {
    if (auto found = requirement_install(project, file, packages)) return found;
  }
  if (const std::string* text = project.text("Pipfile")) {
    for (const TomlLine& line : toml_lines(*text)) {
      if (line.table == "packages") add_requirement_names(line.key, packages);
    }
    return PythonInstall{
        fmt::format("{} && .venv/bin/pip install pipenv && "
                    "VIRTUAL_ENV=\"$PWD/.venv\" .venv/bin/pipenv install{}",
                    kVenv, project.has("Pipfile.lock") ? " --deploy" : ""),
        project.shown("Pipfile"),
        {}};
  }
  if (auto found = project_install(project, packages)) return found;
  if (project.has("setup.py")) {
    return PythonInstall{
        fmt::format("{} && .venv/bin/pip install .", kVenv),
        project.shown("setup.py"),
        {}};
  }
  return {};
}

Guess flask_start(const Project& project, const App& app,
                  const PythonEntry& entry) {
  const std::string target = entry.module + ':' + entry.object;
  const std::string from =
      from_line(project.shown(entry.file), entry.line);
  const std::string path = entry.source_folder.empty()
                               ? ""
                               : "--pythonpath " + entry.source_folder + ' ';
  if (app.packages.count("gunicorn") != 0) {
    return {fmt::format("exec gunicorn {}--bind \"0.0.0.0:$PORT\" {}", path,
                        shell_quoted(target)),
            from + ", served by gunicorn"};
  }
  std::string before = "export FLASK_APP=" + shell_quoted(target) + "; ";
  if (!entry.source_folder.empty()) {
    before += "export PYTHONPATH=" + entry.source_folder + "; ";
  }
  return {before + "exec flask run --host 0.0.0.0 --port \"$PORT\"",
          from + ", served by Flask's own server"};
}

Guess asgi_start(const Project& project, App& app, const PythonEntry& entry) {
  const std::string from = from_line(project.shown(entry.file), entry.line);
  std::string object = entry.object;
  std::string flags;
  if (object.ends_with("()")) {
    object.resize(object.size() - 2);
    flags = " --factory";
  }
  if (!entry.source_folder.empty()) flags += " --app-dir " + entry.source_folder;
  if (app.packages.count("uvicorn") == 0 && app.build) {
    app.build->value += " && .venv/bin/pip install uvicorn";
    app.todos.push_back(
        "no server is among the requirements; the build installs uvicorn, in "
        "whatever version is newest: name yours");
  }
  return {fmt::format("exec uvicorn {}:{} --host 0.0.0.0 --port \"$PORT\"{}",
                      entry.module, object, flags),
          from + ", served by uvicorn"};
}

std::optional<Guess> django_start(const Project& project, const App& app) {
  static const RE2 settings(
      R"re(DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([A-Za-z0-9_.]+)['"])re",
      byte_options());
  const std::string* manage = project.text("manage.py");
  if (manage == nullptr) return {};
  std::string module;
  RE2::PartialMatch(*manage, settings, &module);
  const std::string package = module.substr(0, module.find('.'));
  if (app.packages.count("gunicorn") != 0 && !package.empty()) {
    // "config.settings.local" and "site.settings" both have wsgi.py beside.
    const std::string wsgi = package + "/wsgi.py";
    if (project.has(wsgi)) {
      return Guess{fmt::format("exec gunicorn --bind \"0.0.0.0:$PORT\" {}.wsgi",
                               package),
                   project.shown(wsgi) + ", served by gunicorn"};
    }
  }
  return Guess{"exec python manage.py runserver --noreload \"0.0.0.0:$PORT\"",
               project.shown("manage.py") + ", Django's own server"};
}

}  // namespace

std::optional<App> python_app(const Project& project) {
  App app;
  app.runtime = "python";
  app.prefix = kPythonPrefix;
  const auto install = python_install(project, app.packages);
  const bool django = project.has("manage.py");
  if (!install && !django) {
    // Without requirements only what a platform's file says starts Python.
    return {};
  }
  if (install) {
    app.build = Guess{install->command, install->from};
    app.build_inputs = install->inputs;
    app.build_outputs = {".venv"};
  } else {
    app.build = Guess{std::string(kVenv) + " && .venv/bin/pip install django",
                      project.shown("manage.py")};
    app.todos.emplace_back(
        "no file names the requirements; the build installs Django alone");
  }
  app.version =
      version_in_files(project, "Python", {".python-version", "runtime.txt"});
  if (django) {
    app.what = "a Django app";
    app.start = django_start(project, app);
    return app;
  }
  const auto entries = python_entries(project);
  if (entries.empty()) {
    app.what = "a Python app";
    return app;
  }
  const PythonEntry& entry = entries.front();
  app.what =
      (entry.framework == "APIFlask" ? "an " : "a ") + entry.framework + " app";
  const bool wsgi = entry.framework == "Flask" || entry.framework == "APIFlask";
  app.start = wsgi ? flask_start(project, app, entry)
                   : asgi_start(project, app, entry);
  return app;
}

}  // namespace rung
