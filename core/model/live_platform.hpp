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

/// The live release on a platform that keeps it running by itself.
struct LiveRelease {
  std::string release_id;  ///< "" = somebody else put it there
  std::string phase;       ///< "" likewise
  std::string reference;   ///< the platform's id: container, deploy, revision
  std::string url;         ///< address for clients; "" = unknown
  std::string commit;      ///< full hash; "" = the platform does not say
};

/// The result of LivePlatform::serve().
struct ServeResult {
  bool serves = false;  ///< false: the previous release still serves
  std::optional<Refused> refused;  ///< the platform itself refused it
};

/// Optional ability of a Platform: it keeps a release serving after rung has
/// exited. A trial never touches that release.
class LivePlatform {
 public:
  virtual ~LivePlatform() = default;
  /// Reads only. nullopt = nothing serves.
  virtual std::optional<LiveRelease> live() = 0;
  /// The live deployment, for gates. Throws PlatformError if nothing serves.
  virtual std::unique_ptr<Deployment> attach() = 0;
  /// Replaces the live release with all of `bundle` (code, environment,
  /// settings). Calls `healthy` once with the new deployment: before it takes
  /// over if the platform can do that, else after. If `healthy` returns false
  /// or throws, the previous release serves again at the end. If rung is killed
  /// meanwhile, the previous release serves again after clean_up().
  virtual ServeResult serve(const Bundle& bundle, std::string_view phase,
                            const std::function<bool(Deployment&)>& healthy) = 0;
  /// Ends the release that rung put there. It is not an error if there is none.
  virtual void stop() = 0;
  /// True if what served last was killed from outside: no fault of its own.
  /// False also if the platform cannot tell.
  [[nodiscard]] virtual bool killed() const { return false; }
};

/// A deploy that the platform remembers.
struct PastDeploy {
  std::string id;
  std::string commit;  ///< full hash, "" = unknown
  bool live = false;
  /// Set if it failed: stage, cause and the platform's message.
  std::optional<Failure> failure;
  std::int64_t at_ms = 0;  ///< begun, since 1970
  /// The stored environment of the deploy; nullopt = the platform does not
  /// report it.
  std::optional<std::map<std::string, std::string>> env;
};

/// Optional ability of a Platform: it reports earlier deploys. No call changes
/// anything.
class DeployRecords {
 public:
  virtual ~DeployRecords() = default;
  /// Newest first.
  virtual std::vector<PastDeploy> past_deploys(std::size_t at_most) = 0;
  /// The environment that the next deploy would get.
  virtual std::map<std::string, std::string> stored_env() = 0;
  /// The output of a deploy while it was built and started.
  virtual std::string log_of(const std::string& deploy_id) = 0;
};

}  // namespace rung
