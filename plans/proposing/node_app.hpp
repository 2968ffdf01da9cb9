#pragma once

#include <optional>

#include "plans/proposing/app.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// The Node app of the folder itself: any package.json.
std::optional<App> node_app(const Project& project, const Stated& stated);

}  // namespace rung
