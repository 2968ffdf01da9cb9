#pragma once

#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// What Procfile, render.yaml, fly.toml, railway.json, railway.toml,
/// nixpacks.toml and app.json of the folder say. A render.yaml at the top
/// counts, too, for the service whose rootDir is the folder.
void read_platform_statements(const Project& app, Stated& stated);

}  // namespace rung
