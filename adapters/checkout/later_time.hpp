#pragma once

#include <ctime>

#include "adapters/checkout/worktree_state.hpp"

namespace rung {

/// What a move between commits learns on its way while what it writes must look
/// newer than all that trials made of earlier files.
struct LaterTime {
  bool looked = false;      ///< at each committed file, in this move
  bool changed = false;     ///< a trial changed committed files ...
  std::time_t touched = 0;  ///< ... the last of them then
};

/// Later than all that trials left below `root` (an open descriptor), never
/// later than now; waits for that, a second at most. Where no trial left
/// anything, times of an hour ago do: only caches elsewhere can know a file by
/// its time then, and no two of its contents have the same.
timespec later_than_trials(int root, const files::Snapshot& now,
                           const LaterTime& later);

}  // namespace rung
