#pragma once

#include <string>
#include <vector>

#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// What the folder's Dockerfile says: CMD, EXPOSE, HEALTHCHECK.
void read_dockerfile(const Project& app, Stated& stated);

/// What a Compose file of the folder, or of a folder above it, says: the
/// variables and the port of the service that is built from the folder, and
/// the services beside it.
void read_compose(const Project& app, Stated& stated);

/// The folders that Compose files of the folder build services from, relative
/// to it; "" = the folder itself.
std::vector<std::string> compose_builds(const Project& folder);

}  // namespace rung
