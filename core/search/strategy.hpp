#pragma once

#include <optional>
#include <vector>

#include "core/search/line.hpp"
#include "core/search/search.hpp"

namespace rung {

/// A boundary that is being searched along a line.
struct Narrowing {
  Line line;
  Candidates candidates;
  /// The line looks for company of this many deltas already found; 0 = it
  /// looks for the first.
  unsigned found = 0;
};

struct Wanted {
  Place place;
  Purpose purpose = Purpose::search;
};

/// What the facts say: the answer so far, and what to find out next.
struct Decision {
  bool finished = false;
  bool controls_hold = false;  ///< both ends are known and as they should be
  /// Complete when finished. Before that it lacks the suspects, which are
  /// `suspects` and those of `narrowing`.
  Answer answer;
  std::optional<Narrowing> narrowing;
  /// Single places to probe, the most useful first, when not narrowing.
  std::vector<Wanted> wanted;
  /// With noise: how many probes the boundary searched will take in the mean.
  double expected = 0;
  /// Deltas under suspicion besides those of `narrowing`.
  std::vector<DeltaRef> suspects;
  /// Belief in each of `suspects`, parallel; empty: none was formed.
  std::vector<double> beliefs;
};

/// A pure function: equal facts, equal decision. That is how a search resumes,
/// how remembered verdicts are used, and how a corrected verdict is taken in.
///
/// The scheme (DESIGN section 5): controls; the boundary between good and bad
/// along one line of all deltas; the smallest set that needs its company
/// (QuickXplain); that set taken out of bad; and again while bad still fails.
Decision decide(const SearchInput& input, const SearchOptions& options,
                const Facts& facts);

}  // namespace rung
