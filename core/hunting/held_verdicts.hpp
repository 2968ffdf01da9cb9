#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "core/hunting/trials.hpp"

namespace rung {

/// What a bad release logs is understood by what the good one logs. While the
/// good end is probed, verdicts that a log explains wait for it.
class HeldVerdicts {
 public:
  void started(std::size_t worker, Purpose purpose);
  /// A trial has finished. Returns the events to hear now, in this order; none:
  /// this one waits. `compared`: the good release's log is known already.
  std::vector<TrialEvent> admit(TrialEvent event, bool compared);

 private:
  std::set<std::size_t> good_controls_;  ///< the workers that probe one
  std::vector<TrialEvent> waiting_;
};

}  // namespace rung
