#include "plans/proposing/other_apps.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "core/text/byte_pattern.hpp"
#include "core/text/printable.hpp"
#include "core/text/split.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "plans/proposing/toml_lines.hpp"

namespace rung {
namespace {

/// The folders with a `package main`, the most likely first; "" = the top.
std::vector<std::string> go_mains(const Project& project) {
  static const RE2 main(R"re((?m)^package main\b)re", byte_options());
  std::vector<std::string> folders;
  for (const std::string& path : project.paths()) {
    if (!path.ends_with(".go") || path.ends_with("_test.go") ||
        is_aside(path) || depth_of(path) > 4) {
      continue;
    }
    const std::string folder(folder_name(path));
    if (!folders.empty() && folders.back() == folder) continue;
    // A module of its own is another app.
    bool own = false;
    for (std::string at = folder; !at.empty(); at = folder_name(at)) {
      own = own || project.has(at + "/go.mod");
    }
    const std::string* text = own ? nullptr : project.text(path);
    if (text != nullptr && RE2::PartialMatch(*text, main)) {
      folders.push_back(folder);
    }
  }
  const auto rank = [](const std::string& folder) {
    if (folder.empty()) return 0;
    const auto name = file_name(folder);
    if (name == "server" || name == "api" || name == "web" || name == "app") {
      return 1;
    }
    return 2;
  };
  std::stable_sort(folders.begin(), folders.end(),
                   [&](const std::string& a, const std::string& b) {
                     return rank(a) < rank(b);
                   });
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  return folders;
}

void add_gem_names(std::string_view text, std::set<std::string>& packages) {
  static const RE2 gem(R"re(^\s*gem\s+['"]([^'"]+)['"])re", byte_options());
  for (const auto line : lines_of(text)) {
    std::string name;
    if (RE2::PartialMatch(piece(line), gem, &name)) packages.insert(name);
  }
}

}  // namespace

std::optional<App> ruby_app(const Project& project) {
  const std::string* gemfile = project.text("Gemfile");
  const bool rack = project.has("config.ru");
  if (gemfile == nullptr || (!rack && !project.has("app.rb"))) return {};
  App app;
  add_gem_names(*gemfile, app.packages);
  const bool rails =
      app.packages.count("rails") != 0 || project.has("config/application.rb");
  app.what = rails ? "a Rails app" : "a Ruby app";
  app.build = Guess{
      "bundle config set --local path vendor/bundle && bundle install",
      project.shown("Gemfile")};
  app.start =
      rails ? Guess{"exec bundle exec rails server -b 0.0.0.0 -p \"$PORT\"",
                    project.shown("Gemfile") + ": rails"}
      : rack ? Guess{"exec bundle exec rackup -o 0.0.0.0 -p \"$PORT\"",
                     project.shown("config.ru")}
             : Guess{"exec bundle exec ruby app.rb -o 0.0.0.0 -p \"$PORT\"",
                     project.shown("app.rb")};
  if (const std::string* text = project.text(".ruby-version")) {
    std::string version = printable(*text);
    while (version.ends_with(' ')) version.pop_back();
    if (version.size() < 30) {
      app.version = Guess{"Ruby " + version, project.shown(".ruby-version")};
    }
  }
  return app;
}

std::optional<App> go_app(const Project& project) {
  const std::string* module = project.text("go.mod");
  if (module == nullptr) return {};
  const auto mains = go_mains(project);
  if (mains.empty()) return {};
  App app;
  app.kind = AppKind::go;
  app.what = "a Go service";
  const std::string& folder = mains.front();
  const std::string target = folder.empty() ? "." : "./" + folder;
  app.build = Guess{"go build -o bin/service " + shell_quoted(target),
                    project.shown("go.mod")};
  app.build_outputs = {"bin/service"};
  app.start = Guess{"exec bin/service",
                    folder.empty()
                        ? "the main package beside " + project.shown("go.mod")
                        : "the main package in " + project.shown(folder)};
  if (mains.size() > 1) {
    app.todos.push_back(fmt::format(
        "{} main packages; build takes {}", mains.size(),
        folder.empty() ? "the one at the top" : printable(folder)));
  }
  static const RE2 required(R"re(^\s*(?:require\s+)?([a-z0-9.-]+\.[a-z]+/\S+)\s+v)re",
                            byte_options());
  static const RE2 version(R"re(^go (\d+\.\d+))re", byte_options());
  for (const auto line : lines_of(*module)) {
    std::string found;
    if (RE2::PartialMatch(piece(line), required, &found)) {
      app.packages.insert(found);
    } else if (RE2::PartialMatch(piece(line), version, &found)) {
      app.version = Guess{"Go " + found, project.shown("go.mod")};
    }
  }
  return app;
}

std::optional<App> rust_app(const Project& project) {
  const std::string* manifest = project.text("Cargo.toml");
  if (manifest == nullptr) return {};
  const auto lines = toml_lines(*manifest);
  const TomlLine* name = find_toml(lines, "package", "name");
  const TomlLine* binary = find_toml(lines, "bin", "name");
  if (name == nullptr || (binary == nullptr && !project.has("src/main.rs"))) {
    return {};
  }
  App app;
  app.kind = AppKind::rust;
  app.what = "a Rust service";
  for (const TomlLine& line : lines) {
    if (line.table == "dependencies") app.packages.insert(line.key);
    if (line.table.starts_with("dependencies.")) {
      app.packages.insert(line.table.substr(13));
    }
  }
  const TomlLine* main = find_toml(lines, "package", "default-run");
  if (main == nullptr) main = binary != nullptr ? binary : name;
  const std::string program = "target/release/" + main->value;
  app.build = Guess{fmt::format("cargo build --release{}",
                                project.has("Cargo.lock") ? " --locked" : ""),
                    project.shown("Cargo.toml")};
  app.build_outputs = {program};
  app.start = Guess{"exec " + shell_quoted(program),
                    from_line(project.shown("Cargo.toml"), main->line)};
  if (app.packages.count("rocket") != 0) {
    // Source: rocket.rs, "Configuration": ROCKET_PORT, ROCKET_ADDRESS.
    app.prefix = "export ROCKET_PORT=\"$PORT\" ROCKET_ADDRESS=0.0.0.0; ";
    app.reads_port = true;
  }
  return app;
}

std::optional<App> static_site(const Project& project, const Stated& stated) {
  std::string folder, from;
  if (stated.static_folder && !stated.build) {
    folder = stated.static_folder->value;
    from = stated.static_folder->from;
    while (folder.starts_with("./")) folder.erase(0, 2);
    if (!project.has(folder + "/index.html")) folder = "";
  }
  if (folder.empty()) {
    bool found = false;
    for (const char* at : {"index.html", "public/index.html",
                           "www/index.html", "site/index.html",
                           "dist/index.html"}) {
      if (!project.has(at)) continue;
      folder = folder_name(at);
      from = project.shown(at);
      found = true;
      break;
    }
    if (!found) return {};
  }
  App app;
  app.kind = AppKind::static_site;
  app.what = "a static site";
  app.start = Guess{fmt::format("exec python3 -m http.server --bind 0.0.0.0{} "
                                "\"$PORT\"",
                                folder.empty() ? ""
                                               : " --directory " +
                                                     shell_quoted(folder)),
                    from + ", served by Python"};
  return app;
}

}  // namespace rung
