#pragma once

#include <optional>
#include <vector>

#include "core/search/line.hpp"
#include "core/search/search.hpp"

namespace rung {

/// A boundary that the search is narrowing along a line.
struct Narrowing {
  Line line;
  Candidates candidates;
  /// The search looks for further deltas that this many found ones need; 0 = it
  /// looks for the first.
  unsigned found = 0;
};

struct Wanted {
  Place place;
  Purpose purpose = Purpose::search;
};

/// The conclusion from the facts: the answer so far, and what to find out next.
struct Decision {
  bool finished = false;
  bool controls_hold = false;  ///< both ends are known and as they should be
  /// Complete when finished. Before that it lacks the suspects: `suspects` and
  /// those of `narrowing`.
  Answer answer;
  std::optional<Narrowing> narrowing;
  /// Single places to probe, the most useful first, if not narrowing.
  std::vector<Wanted> wanted;
  /// With noise: the mean number of probes that this boundary will take.
  double expected = 0;
  /// Deltas under suspicion besides those of `narrowing`.
  std::vector<DeltaRef> suspects;
  /// Belief in each of `suspects`, parallel; empty: not computed.
  std::vector<double> beliefs;
};

/// A pure function: equal facts give equal decisions. This is how a search
/// resumes, uses remembered verdicts and takes in a corrected verdict.
///
/// The scheme (core/SEARCH.md): controls; the boundary between good and bad
/// along one line of all deltas; the smallest set that fails alone
/// (QuickXplain); bad without that set; and again while bad still fails.
Decision decide(const SearchInput& input, const SearchOptions& options,
                const Facts& facts);

}  // namespace rung
