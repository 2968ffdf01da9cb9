#pragma once

#include <optional>

#include "plans/proposing/app.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// Each looks whether the folder itself holds such an app.
std::optional<App> ruby_app(const Project& project);
std::optional<App> go_app(const Project& project);
std::optional<App> rust_app(const Project& project);
std::optional<App> static_site(const Project& project, const Stated& stated);

}  // namespace rung
