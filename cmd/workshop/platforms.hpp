#pragma once

#include <memory>
#include <string>

#include "adapters/platform/remote_settings.hpp"
#include "cmd/workshop/deploy_prober.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// The platform of the bench's target. `worker` names its private folder.
/// Throws UsageError for an adapter or an option of it that is not there.
std::unique_ptr<Platform> make_platform(const Bench& bench,
                                        const std::string& worker);

/// Whether backing services, which run on this machine, can be reached by what
/// the target deploys.
bool reaches_this_machine(const Target& target);

}  // namespace rung
