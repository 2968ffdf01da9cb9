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
  /// When it first passed often enough; the soak counts from here.
  std::optional<Clock::Time> held_since = std::nullopt;
  /// The wait ended before the deadline because nothing changed any more; see
  /// `enough`.
  bool hurried = false;
  std::string note = {};  ///< CheckResult::note of the last pass
};

/// Repeats the check until it has passed `successes` times in a row and then
/// held for `soak`, or another result is decisive, or the deadline (counted
/// from deployment.started()) is over. Never waits for a process that has
/// exited. A check that passed before and then fails is stage soak.
/// `healthy_before`: earlier gates of this deployment have passed, so if the
/// process exits now, this is stage soak. A gate that starts late (because
/// earlier ones soaked) gets at least min(deadline, 5 s). `enough`: a failure
/// that has not changed for this long (same answer, same sockets, no new
/// output) ends the wait; nullopt = wait for the deadline.
GateResult hold(const Gate& gate, HealthCheck& check, Deployment& deployment,
                Saved& saved, const Clock& clock, bool healthy_before = false,
                std::optional<std::chrono::milliseconds> enough = {});

}  // namespace rung
