#include "core/hunting/told_search.hpp"

namespace rung {

ToldSearch::ToldSearch(const Question& question, const SearchOptions& options,
                       const TrialCosts& costs)
    : question_(question), costs_(costs), search_(input(), options) {}

SearchInput ToldSearch::input() const {
  SearchInput input;
  input.commits = question_.commits.size() == 0 ? nullptr : &question_.commits;
  input.deltas = static_cast<std::uint32_t>(question_.deltas.size());
  if (!named_.empty()) {
    input.risk = [this](const DeltaRef& delta) {
      const double all = static_cast<double>(question_.deltas.size() +
                                             question_.commits.size());
      const auto named = static_cast<double>(named_.size());
      constexpr double kShare = 0.6;  // how often a failure names its cause
      return named_.contains(delta) ? kShare / named
                                    : (1 - kShare) / (all - named);
    };
  }
  if (!question_.deltas.empty()) {
    input.seconds = [this](const Point& point) {
      return costs_.weight(point);
    };
  }
  return input;
}

void ToldSearch::tell(const Point& point, const Observation& seen,
                      bool counts) {
  told_.push_back({point, seen, counts});
  if (counts) {
    search_.record(point, seen);
  } else {
    search_.cancel(point);
  }
}

void ToldSearch::forget(const std::function<bool(const Point&)>& which) {
  std::erase_if(told_, [&](const auto& told) { return which(told.point); });
}

void ToldSearch::begin_again(const SearchOptions& options,
                             const std::vector<Point>& running) {
  search_ = Search(input(), options);
  for (const auto& [point, seen, counts] : told_) {
    if (counts || options.noise) search_.record(point, seen);
  }
  for (const Point& point : running) search_.expect(point);
}

bool ToldSearch::heed(const Failure& failure) {
  constexpr std::size_t kFew = 8;
  const auto all = question_.deltas.size() + question_.commits.size();
  if (!named_.empty() || !question_.named || all < kFew) return false;
  for (const DeltaRef& delta : question_.named(failure)) named_.insert(delta);
  if (4 * named_.size() > all) named_.clear();
  return !named_.empty();
}

}  // namespace rung
