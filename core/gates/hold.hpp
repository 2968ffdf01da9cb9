#pragma once

#include <chrono>
#include <optional>

#include "core/gates/health_check.hpp"
#include "core/model/clock.hpp"

namespace rung {

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
