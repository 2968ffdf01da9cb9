#pragma once

#include <optional>

#include "plans/proposing/app.hpp"
#include "plans/proposing/project.hpp"

namespace rung {

/// The Python app of the folder itself: what installs it, and for Django,
/// Flask, FastAPI and their like what serves it.
std::optional<App> python_app(const Project& project);

}  // namespace rung
