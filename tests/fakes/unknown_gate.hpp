#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "core/search/retrials.hpp"
#include "tests/fakes/search_world.hpp"

namespace rung::fakes {

/// A run that knew nothing of its gate.
struct PlayedUnknown {
  Answer answer;
  unsigned total = 0;
  bool noticed = false;  ///< that the gate lies
};

/// As `rung bisect` does: verdicts are final until one point was judged both
/// ways; what an answer rests on is seen again (core/search/retrials.hpp).
/// `until_noticed`: the search by probability that follows is not played.
inline PlayedUnknown play_unknown(const CommitGraph& history,
                                  const World& world,
                                  bool until_noticed = false) {
  PlayedUnknown played;
  Search search({&history, 0, {}}, {});
  Retrials retrials;
  std::vector<std::pair<Point, Observation>> told;
  std::map<Point, Retrials::Seen> seen;
  std::deque<Proposal> extra;
  for (;;) {
    Proposal next;
    if (!extra.empty()) {
      next = extra.front();
      extra.pop_front();
    } else if (!search.finished()) {
      next = search.next().at(0);
    } else if (!played.noticed) {
      for (auto& one : retrials.open(search.answer(), [&](const Point& point) {
             return seen[point];
           })) {
        extra.push_back(one);
      }
      if (extra.empty()) break;
      continue;
    } else {
      break;
    }
    ++played.total;
    const auto observation = world(next.point);
    const bool failed = observation.verdict == Verdict::bad;
    told.emplace_back(next.point, observation);
    search.record(next.point, observation);
    auto& here = seen[next.point];
    ++(failed ? here.fails : here.passes);
    if (played.noticed) continue;
    if (here.passes > 0 && here.fails > 0) {
      played.noticed = true;
      if (until_noticed) return played;
      extra.clear();
      SearchOptions options;
      options.noise.emplace();
      search = Search({&history, 0, {}}, options);
      for (const auto& [point, one] : told) search.record(point, one);
    } else if (counted_as(next.purpose) == ProbePurpose::control) {
      const bool low = next.purpose == Purpose::control_good;
      if (retrials.again(failed, failed == low, here)) extra.push_back(next);
    }
  }
  played.answer = search.answer();
  return played;
}

}  // namespace rung::fakes
