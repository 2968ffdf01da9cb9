#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/platform.hpp"

namespace rung {

/// What serves on a platform that keeps it running by itself.
struct LiveRelease {
  std::string release_id;  ///< "" = somebody else put it there
  std::string phase;       ///< "" likewise
  std::string reference;   ///< the platform's id: container, deploy, revision
  std::string url;         ///< where it is reached; "" = unknown
  std::string commit;      ///< full hash; "" = the platform does not say
};

/// How putting a release in the place of what serves ended.
struct ServeResult {
  bool serves = false;  ///< false: what served before serves as before
  std::optional<Refused> refused;  ///< the platform itself said no
};

/// Optional ability of a Platform: keeping a release serving after rung has
/// ended. A trial never touches what it keeps.
class LivePlatform {
 public:
  virtual ~LivePlatform() = default;
  /// Reads only. nullopt = nothing serves.
  virtual std::optional<LiveRelease> live() = 0;
  /// What serves, for gates. Throws PlatformError when nothing does.
  virtual std::unique_ptr<Deployment> attach() = 0;
  /// Puts `bundle` whole (code, environment, settings) in the place of what
  /// serves. `healthy` is asked once, with the new deployment: before it takes
  /// over where the platform can, else after. When it says no, or throws, or
  /// rung is killed in the middle, what served before serves in the end (the
  /// latter: after clean_up()).
  virtual ServeResult serve(const Bundle& bundle, std::string_view phase,
                            const std::function<bool(Deployment&)>& healthy) = 0;
  /// Ends what rung put there. Nothing to end is no error.
  virtual void stop() = 0;
};

/// A deploy the platform remembers.
struct PastDeploy {
  std::string id;
  std::string commit;  ///< full hash, "" = unknown
  bool live = false;
  /// Set when it failed: stage, cause and what the platform said.
  std::optional<Failure> failure;
  std::int64_t at_ms = 0;  ///< begun, since 1970
  /// The stored environment it ran with; nullopt = the platform does not tell.
  std::optional<std::map<std::string, std::string>> env;
};

/// Optional ability of a Platform: telling what was deployed before. Reads
/// only: no call of it changes anything.
class DeployRecords {
 public:
  virtual ~DeployRecords() = default;
  /// Newest first.
  virtual std::vector<PastDeploy> past_deploys(std::size_t at_most) = 0;
  /// The environment that the next deploy would get.
  virtual std::map<std::string, std::string> stored_env() = 0;
  /// What a deploy wrote while it was built and started.
  virtual std::string log_of(const std::string& deploy_id) = 0;
};

}  // namespace rung
