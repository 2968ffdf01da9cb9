#pragma once

#include <memory>

#include "adapters/docker/options.hpp"
#include "adapters/platform/remote_settings.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// The docker adapter with `swarm: true`: a release is a service, placed by
/// the swarm. A trial is a service of its own; what serves is updated, the new
/// task started before the old one stops unless they share a port, and rolled
/// back when it is not healthy.
std::unique_ptr<Platform> make_swarm_platform(const RemoteSettings& settings,
                                              DockerOptions options);

}  // namespace rung
