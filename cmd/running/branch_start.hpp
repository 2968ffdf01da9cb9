#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cmd/running/trier.hpp"
#include "core/report/report.hpp"

namespace rung {

/// What was seen where the accused branches begin.
struct BranchStart {
  /// A branch was so before the search begins. Its commits are out of the
  /// question now: search again.
  bool search_again = false;
  std::string why;  ///< a line for the answer
  /// Findings whose commit before could not be judged.
  std::vector<std::size_t> unproved;
};

/// A branch that began before the good release lacks what good has since: a
/// repair, a feature that the gate asks for. Its first commit then looks as if
/// it broke something, and git takes the commit before for good because good
/// descends from it. So where a search accuses the first commit of such a
/// branch, the commit before is judged. Drops side findings that nobody judged
/// in this way.
BranchStart judge_branch_start(Workshop& workshop, Question& question,
                               HuntResult& result, const HuntSettings& settings,
                               const Terms& terms, const std::string& run,
                               const HuntObserver& observer);

}  // namespace rung
