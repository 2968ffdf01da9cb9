#pragma once

#include <functional>
#include <vector>

#include "core/search/search.hpp"

namespace rung {

/// What a run that takes verdicts for final sees again before it goes by them.
/// A gate that fails what is sound now and then can mislead a search without
/// contradicting itself once. So where a verdict has consequences it is asked
/// for again, until a gate that does so in a quarter of all trials would have
/// been found out but for one run in a hundred.
struct Retrials {
  /// How often a point was judged, as the gate said it.
  struct Seen {
    unsigned passes = 0, fails = 0;
    bool proved = false;  ///< a verdict was asked for as a proof of its own
  };

  unsigned repeat = 1;   ///< how often each end is probed in any case
  bool has_deltas = false;  ///< some deltas are no commits
  bool find_fix = false;    ///< "bad" is where the gate passes
  /// Repeated passes of releases known to be sound: they speak for the gate.
  unsigned healthy_passes = 0;

  /// Whether an end that was just judged is probed once more. `failed`: the
  /// gate said so; `surprise`: it is not what the end should do.
  [[nodiscard]] bool again(bool failed, bool surprise, const Seen& seen) const;
  /// What the findings rest on and was not seen often enough.
  [[nodiscard]] std::vector<Proposal> open(
      const Answer& answer,
      const std::function<Seen(const Point&)>& seen) const;
  /// How many probes open() will ask for in the end, of one finding.
  [[nodiscard]] unsigned expected() const;

 private:
  /// How often a failure that somebody is accused for is asked for again.
  [[nodiscard]] unsigned failures_again() const;
};

}  // namespace rung
