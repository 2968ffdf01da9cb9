#pragma once

#include <deque>
#include <set>

#include "core/search/search.hpp"

namespace rung {

/// Probes of what was judged before. They come before what the search proposes,
/// and for them a verdict on record does not count.
class AskedAgain {
 public:
  void add(const Proposal& proposal);
  [[nodiscard]] bool empty() const { return queue_.empty(); }
  /// REQUIRES: not empty.
  Proposal take();
  /// What was taken last was not asked after all.
  void put_back(const Proposal& proposal);
  /// What was taken last is asked later.
  void wait(const Proposal& proposal) { queue_.push_front(proposal); }
  /// Whether this is one of them: true as often as the point was added.
  bool due(const Point& point);
  /// Those not taken yet are not asked.
  void drop() { queue_.clear(); }

 private:
  std::deque<Proposal> queue_;
  std::multiset<Point> due_;
};

}  // namespace rung
