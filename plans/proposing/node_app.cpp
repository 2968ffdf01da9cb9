#include "plans/proposing/node_app.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text/byte_pattern.hpp"
#include "core/text/json_text.hpp"
#include "core/text/printable.hpp"
#include "plans/proposing/guess.hpp"
#include "plans/proposing/version_files.hpp"

namespace rung {
namespace {

std::string member(const nlohmann::json& json, const char* name) {
  const auto at = json.find(name);
  return at != json.end() && at->is_string() ? at->get<std::string>()
                                             : std::string();
}

std::string script(const nlohmann::json& package, const char* name) {
  const auto at = package.find("scripts");
  return at != package.end() && at->is_object() ? member(*at, name)
                                                : std::string();
}

struct NodeInstall {
  std::string command, from;
};

/// yarn and pnpm are called through npx: a machine with node may lack them.
NodeInstall node_install(const Project& project, const nlohmann::json& package,
                         bool production) {
  static const RE2 named(R"re(^(yarn|pnpm|bun)@(\d+[0-9A-Za-z.-]*))re",
                         byte_options());
  std::string tool, version;
  RE2::PartialMatch(member(package, "packageManager"), named, &tool, &version);
  if (tool == "pnpm" || (tool.empty() && project.has("pnpm-lock.yaml"))) {
    if (version.empty()) version = "9";
    static const RE2 old(R"re(^lockfileVersion: '?(\d))re", byte_options());
    std::string format;
    const std::string* lock = project.text("pnpm-lock.yaml");
    if (tool.empty() && lock != nullptr &&
        RE2::PartialMatch(*lock, old, &format) && format != "9") {
      version = format == "6" ? "8" : "7";
    }
    return {fmt::format("npx --yes pnpm@{} install{}{}", version,
                        lock != nullptr ? " --frozen-lockfile" : "",
                        production ? " --prod=false" : ""),
            project.shown(lock != nullptr ? "pnpm-lock.yaml" : "package.json")};
  }
  if (tool == "yarn" || (tool.empty() && project.has("yarn.lock"))) {
    const bool berry =
        project.has(".yarnrc.yml") || (!version.empty() && version[0] != '1');
    const bool locked = project.has("yarn.lock");
    const std::string from =
        project.shown(locked ? "yarn.lock" : "package.json");
    if (berry) {
      return {fmt::format("npx --yes @yarnpkg/cli-dist@{} install{}",
                          version.empty() ? "4" : version,
                          locked ? " --immutable" : ""),
              from};
    }
    return {fmt::format("npx --yes yarn@{} install{}{}",
                        version.empty() ? "1" : version,
                        locked ? " --frozen-lockfile" : "",
                        production ? " --production=false" : ""),
            from};
  }
  if (tool == "bun" || project.has("bun.lock") || project.has("bun.lockb")) {
    return {"bun install",
            project.shown(project.has("bun.lock") ? "bun.lock" : "bun.lockb")};
  }
  const char* dev = production ? " --include=dev" : "";
  for (const char* lock : {"package-lock.json", "npm-shrinkwrap.json"}) {
    if (project.has(lock)) {
      return {fmt::format("npm ci{}", dev), project.shown(lock)};
    }
  }
  return {fmt::format("npm install{}", dev), project.shown("package.json")};
}

bool is_production(const Stated& stated) {
  return std::any_of(stated.env.begin(), stated.env.end(),
                     [](const StatedVariable& one) {
                       return one.name == "NODE_ENV" &&
                              one.value == "production";
                     });
}

std::optional<Guess> node_start(const Project& project,
                                const nlohmann::json& package,
                                const App& app) {
  const std::string shown = project.shown("package.json");
  static const RE2 plain(R"re(node [\w./ =-]+)re", byte_options());
  if (const std::string start = script(package, "start"); !start.empty()) {
    const bool alone = script(package, "prestart").empty() &&
                       script(package, "poststart").empty();
    // A shell and npm between rung and the service only add to its start.
    return Guess{alone && RE2::FullMatch(start, plain) ? "exec " + start
                                                       : "exec npm start",
                 shown + ": scripts.start"};
  }
  if (app.packages.count("next") != 0) {
    return Guess{"exec npx next start -p \"$PORT\"", shown + ": next"};
  }
  if (app.packages.count("nuxt") != 0) {
    return Guess{"exec node .output/server/index.mjs", shown + ": nuxt"};
  }
  if (app.packages.count("vite") != 0 && !script(package, "build").empty()) {
    return Guess{"exec npx vite preview --host 0.0.0.0 --port \"$PORT\"",
                 shown + ": vite"};
  }
  if (const std::string main = member(package, "main");
      !main.empty() && project.has(main) && is_one_line(main)) {
    return Guess{"exec node " + shell_quoted(main), shown + ": main"};
  }
  for (const char* file : {"server.js", "app.js", "index.js", "src/index.js",
                           "src/server.js", "src/app.js", "server.mjs",
                           "index.mjs"}) {
    if (project.has(file)) {
      return Guess{std::string("exec node ") + file, project.shown(file)};
    }
  }
  return {};
}

/// What the framework makes of it; nullopt = none is known.
std::optional<std::string> node_framework(const App& app) {
  struct Known {
    const char *package, *what;
  };
  static constexpr Known kKnown[] = {
      {"next", "a Next app"},       {"nuxt", "a Nuxt app"},
      {"@nestjs/core", "a Nest app"}, {"express", "an Express app"},
      {"fastify", "a Fastify app"}, {"koa", "a Koa app"},
      {"@hapi/hapi", "a hapi app"}, {"hono", "a Hono app"},
      {"astro", "an Astro app"},    {"vite", "a Vite app"}};
  for (const auto& [package, what] : kKnown) {
    if (app.packages.count(package) != 0) return what;
  }
  return {};
}

}  // namespace

std::optional<App> node_app(const Project& project, const Stated& stated) {
  const std::string* text = project.text("package.json");
  if (text == nullptr) return {};
  const auto package = json_from(*text);
  if (!package.is_object()) return {};
  App app;
  app.runtime = "node";
  bool linked = false;
  for (const char* section : {"dependencies", "devDependencies"}) {
    const auto at = package.find(section);
    if (at == package.end() || !at->is_object()) continue;
    for (const auto& [name, version] : at->items()) {
      app.packages.insert(name);
      linked = linked || (version.is_string() &&
                          version.get<std::string>().starts_with("workspace:"));
    }
  }
  const auto framework = node_framework(app);
  app.what = framework.value_or("a Node app");
  const NodeInstall install =
      node_install(project, package, is_production(stated));
  app.build = Guess{install.command, install.from};
  std::string build = script(package, "build");
  if (!build.empty()) {
    app.build->value += " && npm run build";
    app.build->from += "; package.json: scripts.build";
  } else if (app.packages.count("next") != 0) {
    app.build->value += " && npx next build";
  }
  if (linked) {
    app.todos.emplace_back(
        "package.json names packages of the workspace (workspace:), which the "
        "folder alone does not have: deploy the folder of the workspace "
        "(source) and change build and start");
  }
  app.start = node_start(project, package, app);
  if (framework) {
    app.may_be_library = !app.start;
  } else if (const auto scripts = package.find("scripts");
             scripts == package.end() || !scripts->is_object() ||
             !scripts->contains("start")) {
    // "main" alone is what every library has; a server by name is none.
    app.may_be_library =
        !app.start || (app.start->value.find("server") == std::string::npos &&
                       app.start->value.find("app.js") == std::string::npos);
  }
  if (const auto engines = package.find("engines");
      engines != package.end() && engines->is_object()) {
    const std::string node = member(*engines, "node");
    if (is_one_line(node) && node.size() < 40) {
      app.version = Guess{"Node " + printable(node),
                          project.shown("package.json") + ": engines.node"};
    }
  }
  if (!app.version) {
    app.version =
        version_in_files(project, "Node", {".nvmrc", ".node-version"});
  }
  app.reads_port = app.packages.count("next") != 0 ||
                   app.packages.count("nuxt") != 0;
  return app;
}

}  // namespace rung
