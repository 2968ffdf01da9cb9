#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "adapters/render/api.hpp"
#include "adapters/render/options.hpp"
#include "core/model/platform.hpp"

namespace rung::render {

/// What becomes of deploys that have not ended.
enum class InFlight { waited_for, canceled };

/// Takes one deploy of a service from its request to its end. Never two in
/// flight: what another has begun is waited for first. A reply that was lost
/// is looked for among the deploys before anything is asked again.
class Deploying {
 public:
  Deploying(Api& api, const Options& options, Clock& clock)
      : api_(api), options_(options), clock_(clock) {}

  /// Waits until nothing is in flight, or cancels what is. Returns the ids of
  /// all recent deploys.
  std::vector<std::string> quiet(const std::string& service,
                                 InFlight what_is);

  /// The deploy's id; or why the commit cannot be had. REQUIRES: `known` as
  /// quiet() returned it.
  std::variant<std::string, Refused> trigger(
      const Service& service, const std::string& commit,
      const std::vector<std::string>& known);
  /// "" = Render does not keep what that deploy ran.
  std::string roll_back(const Service& service, const std::string& deploy,
                        const std::vector<std::string>& known);

  /// Until it has ended, however. Throws PlatformError, with the deploy
  /// canceled, when it has not within the deadline.
  Deploy wait(const std::string& service, const std::string& id);

  /// nullopt when it went live. Throws PlatformError or AbortError when its
  /// release is not to blame.
  std::optional<Refused> outcome(const Service& service,
                                 const Deploy& deploy);
  /// What it wrote while it was built and started, the last MiB.
  std::string log_of(const Service& service, const Deploy& deploy);

 private:
  struct Logs {
    std::string build, app;
    std::set<std::string> older;  ///< instances of deploys before
  };
  Logs logs(const Service& service, const Deploy& deploy);
  struct Asked {
    std::optional<ApiReply> reply;  ///< nullopt = three were of no effect
    std::string id;                 ///< of the deploy; "" = none is listed
  };
  /// Asks for a deploy while Render is busy with another one, or replies are
  /// lost and no deploy is `ours`.
  Asked asked(const Service& service, const std::function<ApiReply()>& ask,
              const std::function<bool(const Deploy&)>& ours,
              const std::vector<std::string>& known);
  std::string found(const std::string& service,
                    const std::function<bool(const Deploy&)>& ours,
                    const std::vector<std::string>& known);

  Api& api_;
  const Options& options_;
  Clock& clock_;
  std::set<std::string> handled_;  ///< deploys of ours that are over or known
};

/// From its start to its end, so that what others ran is left out.
Window window_of(const Deploy& deploy);

/// The longer the rarer. Source: Render's own client.
class Polling {
 public:
  Polling(std::chrono::milliseconds first, Clock& clock)
      : first_(first), next_(first), clock_(clock) {}
  void pause();

 private:
  std::chrono::milliseconds first_, next_;
  Clock& clock_;
};

}  // namespace rung::render
