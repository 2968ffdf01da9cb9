#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/clock.hpp"
#include "core/gate.hpp"
#include "core/platform.hpp"
#include "core/verdict.hpp"

namespace rung {

/// One look at a deployment by one gate.
struct CheckResult {
  enum class Kind { pass, fail, infra, skip } kind = Kind::fail;
  /// Set unless passed. `signature` is left empty: the prober fills it.
  std::optional<Failure> failure = std::nullopt;
  /// No later look can change this fact (a process that has ended, a command
  /// that said 125): do not wait for the deadline.
  bool decisive = false;
  /// When another look is worth its price.
  enum class Again {
    later,      ///< something answered, or it is far away: growing interval
    soon,       ///< nothing listens on this machine yet: asking costs nothing
    on_output,  ///< what the service writes decides
  } again = Again::later;
  /// The port of this machine that was asked; 0 = none, or elsewhere. Lets
  /// hold() judge a refused connection by the sockets the service did open.
  std::uint16_t local_port = 0;
  /// Of a pass: what is worth telling about it; "" = nothing.
  std::string note = {};
};

/// A look that failed, as most checks put it.
inline CheckResult failed(Stage stage, std::string cause, std::string message,
                          std::string evidence = {}) {
  CheckResult result;
  result.failure = Failure{stage, std::move(cause), std::move(evidence),
                           std::move(message), {}};
  return result;
}
inline CheckResult passed() {
  CheckResult result;
  result.kind = CheckResult::Kind::pass;
  return result;
}

/// What gates of one phase share: values saved by earlier gates.
using Saved = std::map<std::string, std::string>;

/// One attempt of one kind of gate; implementations live in adapters/.
class HealthCheck {
 public:
  virtual ~HealthCheck() = default;
  /// Looks once; never longer than `at_most`. Throws nothing for an unhealthy
  /// service; PlatformError only if this machine cannot look at all.
  virtual CheckResult look(Deployment& deployment, Saved& saved,
                           std::chrono::milliseconds at_most) = 0;
};

struct GateResult {
  CheckResult::Kind kind = CheckResult::Kind::fail;
  std::optional<Failure> failure;
  std::chrono::milliseconds waited{0};
  unsigned attempts = 0;
  /// When it first passed often enough: what soaks has held since.
  std::optional<Clock::Time> held_since = std::nullopt;
  /// The wait ended before the deadline because nothing changed any more, see
  /// `enough`.
  bool hurried = false;
  std::string note = {};  ///< CheckResult::note of the last pass
};

/// Repeats the check until it has passed `successes` times in a row and then
/// held for `soak`, or is decided otherwise, or the deadline (counted from
/// deployment.started()) is over. A process that has exited is never waited
/// for; a check that passed before and then fails is stage soak.
/// `healthy_before`: earlier gates of this deployment have passed, so a process
/// that ends now ends in soak. A gate whose turn comes late (earlier ones
/// soaked) gets at least min(deadline, 5 s) of its own. `enough`: a failure
/// that has not changed for this long (same answer, same sockets, no new
/// output) ends the wait; nullopt = the deadline is waited for.
GateResult hold(const Gate& gate, HealthCheck& check, Deployment& deployment,
                Saved& saved, const Clock& clock, bool healthy_before = false,
                std::optional<std::chrono::milliseconds> enough = {});

}  // namespace rung
