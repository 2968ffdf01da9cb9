#pragma once

#include <memory>

#include "adapters/platform/remote_settings.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Google Cloud Run, Admin API v2: a trial is a revision with a tag and 0 % of
/// the traffic, so any number of them run side by side. A LivePlatform and
/// DeployRecords too.
///
/// Options: `project`, `region`, `service` (required); `image` (a template
/// such as registry/app:{commit}, pushed beforehand; default: the plan's
/// `config: {image}`, then the service's own), `start` (`release` or `image`:
/// whose command runs), `secrets.NAME` (SECRET:VERSION of Secret Manager),
/// `start_deadline`, `deploy_deadline` (15m), `log_delay` (5s), `interval`
/// (2s; between two looks at a log), `credentials` (a service account's key
/// file), `patience` (2m; of one call with a platform in trouble), `base_url`, `logging_url`. Credentials otherwise from the
/// environment: see GoogleCredentials. Throws AbortError for others.
std::unique_ptr<Platform> make_cloudrun_platform(const RemoteSettings& settings);

}  // namespace rung
