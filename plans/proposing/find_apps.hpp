#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plans/proposing/app.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// What a folder itself holds, and how files for platforms start it.
struct KnownApp {
  App app;
  Stated stated;
};

/// A folder of a project that holds something to start.
struct FoundApp {
  std::string folder;  ///< relative to the folder searched; "" = that folder
  KnownApp known;
};

/// nullopt = nothing that rung would know how to start.
std::optional<KnownApp> known_app(const Project& project);

/// The apps of a project: one at the folder itself, unless it is the top of a
/// workspace; else those below it, examples only when there is nothing else.
std::vector<FoundApp> find_apps(const Project& project);

/// What known_app() looks for, as a message lists it.
inline constexpr const char* kLookedFor =
    "Procfile, package.json with a start script or a framework, manage.py, "
    "Python requirements with a Flask or FastAPI app, Gemfile, go.mod, "
    "Cargo.toml, Dockerfile, render.yaml, fly.toml, railway.json, "
    "nixpacks.toml, Compose files, index.html";

}  // namespace rung
