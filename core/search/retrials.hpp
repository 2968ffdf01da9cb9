#pragma once

#include <functional>
#include <vector>

#include "core/search/search.hpp"

namespace rung {

/// The probes that a run with final verdicts repeats before it relies on them.
/// A gate that sometimes fails sound releases can mislead a search without a
/// single contradiction. rung therefore repeats a verdict that has
/// consequences, until a gate that does so in a quarter of all trials would
/// stay undetected in only one run in a hundred.
struct Retrials {
  /// How often a point was judged, by the gate's own verdicts.
  struct Seen {
    unsigned passes = 0, fails = 0;
    bool proved = false;  ///< a verdict was a proof of its own
  };

  unsigned repeat = 1;   ///< how often rung always probes each end
  bool has_deltas = false;  ///< some deltas are not commits
  bool find_fix = false;    ///< "bad" is where the gate passes
  /// Repeated passes of releases known to be sound: evidence for the gate.
  unsigned healthy_passes = 0;

  /// Whether to probe an end once more that was just judged. `failed`: the gate
  /// failed; `surprise`: this is not the expected result for this end.
  [[nodiscard]] bool again(bool failed, bool surprise, const Seen& seen) const;
  /// The points that the findings rest on and that were not probed often
  /// enough.
  [[nodiscard]] std::vector<Proposal> open(
      const Answer& answer,
      const std::function<Seen(const Point&)>& seen) const;
  /// How many probes open() will ask for in total, for one finding.
  [[nodiscard]] unsigned expected() const;

 private:
  /// How often rung repeats a failure for which it accuses a delta.
  [[nodiscard]] unsigned failures_again() const;
};

}  // namespace rung
