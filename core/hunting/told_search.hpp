#pragma once

#include <functional>
#include <set>
#include <vector>

#include "core/hunting/question.hpp"
#include "core/hunting/trial_costs.hpp"
#include "core/search/search.hpp"

namespace rung {

/// A search that can begin again by other rules, with all that it was told.
class ToldSearch {
 public:
  /// All outlive this.
  ToldSearch(const Question& question, const SearchOptions& options,
             const TrialCosts& costs);

  [[nodiscard]] const Search& now() const { return search_; }
  /// How many verdicts it knows.
  [[nodiscard]] std::size_t told() const { return told_.size(); }
  [[nodiscard]] std::vector<Proposal> next(std::size_t idle) {
    return search_.next(idle);
  }
  void cancel(const Point& point) { search_.cancel(point); }

  /// `counts`: false takes back no verdict. It is remembered for a search that
  /// weighs verdicts.
  void tell(const Point& point, const Observation& seen, bool counts);
  /// Forgets what it was told of these points. begin_again() must follow.
  void forget(const std::function<bool(const Point&)>& which);
  /// The same search by other rules. `running`: the points of trials.
  void begin_again(const SearchOptions& options,
                   const std::vector<Point>& running);
  /// A failure that names deltas has them tried early. At worst that costs two
  /// probes; so it is not done where there is little to gain. False: nothing
  /// changed; true: begin_again() must follow, with SearchOptions::spare.
  [[nodiscard]] bool heed(const Failure& failure);

 private:
  [[nodiscard]] SearchInput input() const;

  const Question& question_;
  const TrialCosts& costs_;
  std::set<DeltaRef> named_;  ///< by the failure of bad
  struct Told {
    Point point;
    Observation seen;
    bool counts;
  };
  std::vector<Told> told_;
  Search search_;
};

}  // namespace rung
