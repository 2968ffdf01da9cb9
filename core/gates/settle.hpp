#pragma once

#include <chrono>
#include <functional>

#include "core/gates/health_check.hpp"
#include "core/gates/hold.hpp"
#include "core/model/clock.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Another look at the cheap gates: a pass, or the current failure.
struct LookAgain {
  std::function<GateResult()> look;
  std::chrono::milliseconds takes{0};  ///< about
};

/// Watches a deployment that has just passed its gates until `until`: it must
/// not exit, and it must not close or reopen the socket on its routed port.
/// Repeats each gate for which there is time near the end, and also if a
/// listening process has died: a master process can live on without its
/// workers, and a process that dies of each answer gets replaced. Returns a
/// pass, or a failure in soak.
GateResult settle(Deployment& deployment, const Clock& clock,
                  Clock::Time until, const LookAgain& again);

}  // namespace rung
