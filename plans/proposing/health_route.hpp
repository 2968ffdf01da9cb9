#pragma once

#include <optional>
#include <string>

#include "plans/proposing/app.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// What to ask an app over HTTP to see that it works.
struct HealthRoute {
  std::string path;
  /// Statuses that count; "" = 200 alone. A list of a YAML flow.
  std::string status;
  std::string from;
  std::string todo;  ///< "" = nothing is left open
};

/// The health route that files for platforms name; else the one in the source
/// (/health, /healthz, /api/health, ...) whose whole path is known; else "/".
HealthRoute health_route(const Project& project, const App& app, const Stated& stated);

}  // namespace rung
