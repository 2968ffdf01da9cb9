#pragma once

#include <memory>

#include "adapters/platform/remote_settings.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// A Docker Engine or a Podman, in containers, or with `swarm: true` in
/// services of a swarm. The object is a LivePlatform as well. Throws PlanError
/// for options that mean nothing; asks the engine for nothing yet.
std::unique_ptr<Platform> make_docker_platform(const RemoteSettings& settings);

}  // namespace rung
