#pragma once

#include <memory>

#include "adapters/platform/remote_settings.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// A Render web service that deploys commits of a git repository. Trials run
/// on a throw-away copy of it, one for all trials of this object, removed with
/// it; with the option `in_place` on the service itself, which is put back as
/// it was when a trial is withdrawn. While there are trials the service's
/// auto-deploy is off. Also a LivePlatform and DeployRecords; what it is made
/// with outlives it. Throws UsageError for options it does not know
/// (plans/README.md); asks nothing yet.
std::unique_ptr<Platform> make_render_platform(const RemoteSettings& settings);

}  // namespace rung
