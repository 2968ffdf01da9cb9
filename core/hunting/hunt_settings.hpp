#pragma once

#include <set>
#include <string>

#include "core/hunting/budget.hpp"
#include "core/search/search.hpp"

namespace rung {

struct HuntSettings {
  /// With `search.noise` set the gate is taken for flaky from the start. Else
  /// that is found out: by verdicts of one release that differ, in this run or
  /// on record.
  SearchOptions search;
  double confidence = 0.95;  ///< asked of an answer once the gate is flaky
  unsigned repeat = 1;       ///< how often each end is probed at first
  HuntLimits limits;
  /// Ends the hunt where a release was judged both ways, instead of weighing
  /// verdicts from then on: something else may be why.
  bool until_contradicted = false;
  /// Remembered verdicts of earlier runs are not used.
  bool fresh = false;
  /// Every probe waits for the whole deadline of a gate. Else one that only
  /// searches ends when its failure has not changed for eight times as long
  /// as healthy releases took, three seconds at least; what an answer rests on
  /// is waited for all the same.
  bool patient = false;
  /// Trials at the same time share a machine, and may disturb each other: what
  /// accuses has to fail once by itself, which costs a round.
  bool share_a_machine = true;
  /// Release ids probed a moment ago: their verdicts count for controls too.
  std::set<std::string> just_probed;
  /// Release ids known to be good: their earlier verdicts tell how often the
  /// gate fails what is sound.
  std::set<std::string> sound;
};

}  // namespace rung
