#pragma once

namespace rung {

// Source: git-bisect(1), "bisect run": 125 is skip, above 127 stops the run.
enum ExitCode : int {
  kHealthy = 0,        ///< healthy, or nothing broke
  kBroken = 1,         ///< broken; the last known good is serving
  kNotRestored = 2,    ///< broken and NOT restored
  kApproval = 3,       ///< a phase waits for approval
  kBudget = 4,         ///< budget used up, partial answer
  kNoVerdict = 125,    ///< nothing could be judged
  kCouldNotWork = 128,
  kUsage = 129,
  kInterrupted = 130,  ///< resumable
};

}  // namespace rung
