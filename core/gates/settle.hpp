#pragma once

#include <chrono>
#include <functional>

#include "core/gates/health_check.hpp"
#include "core/gates/hold.hpp"
#include "core/model/clock.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Another look at the gates that cost little: a pass, or what is wrong now.
struct LookAgain {
  std::function<GateResult()> look;
  std::chrono::milliseconds takes{0};  ///< about
};

/// Watches a deployment that has just passed its gates until `until`: it must
/// not end, nor close or open anew the socket on its routed port. A gate that
/// can be asked again in time is asked again near the end, and when a process
/// that listens has died: a master lives on without its workers, and what dies
/// of each answer is replaced. A pass, or a failure in soak.
GateResult settle(Deployment& deployment, const Clock& clock,
                  Clock::Time until, const LookAgain& again);

}  // namespace rung
