#pragma once

#include <map>
#include <string>

#include "adapters/cloudrun/api.hpp"
#include "adapters/platform/adapter_options.hpp"

/// What a target with `adapter: cloudrun` says about whom to ask, and as whom.
namespace rung::cloudrun {

/// Throws PlanError for an option there is not.
AdapterOptions options_from(const std::string& target,
                            const std::map<std::string, std::string>& given);
/// The target's key file, else what the environment has.
GoogleCredentials credentials_of(const AdapterOptions& options);
/// Throws PlanError without project, region and service.
CloudRunApi::Place place_of(const AdapterOptions& options);

}  // namespace rung::cloudrun
