#include "core/report/search_trail.hpp"

#include <algorithm>

namespace rung {

void SearchTrail::told(const Proposal& proposal, const ProbeRecord& probe,
                       bool remembered) {
  if (!seen_.insert(probe.id).second) return;
  const Point& point = proposal.point;
  const Verdict verdict = probe.observation.verdict;
  const bool judged = verdict == Verdict::good || verdict == Verdict::bad;
  // A proof confirms what the search has left over.
  if (judged && counted_as(proposal.purpose) != ProbePurpose::proof) {
    narrow(point, (verdict == Verdict::bad) != find_fix_);
  }
  ReportProbe& out = trials_.emplace_back(described(probe));
  out.remembered = remembered;
  ProbePlace& place = out.place.emplace();
  place.commits = point.commit == Point::kGoodCommit ? 0 : point.commit + 1;
  place.changes = point.on;
  const auto first = std::find(suspects_.begin(), suspects_.end(), true);
  const auto last = std::find(suspects_.rbegin(), suspects_.rend(), true);
  place.first = static_cast<std::uint64_t>(first - suspects_.begin());
  place.end = static_cast<std::uint64_t>(suspects_.rend() - last);
}

// As if one change were guilty. A verdict that says otherwise (several are, or
// the gate is flaky) narrows nothing.
void SearchTrail::narrow(const Point& point, bool broken) {
  std::vector<bool> on(suspects_.size());
  for (const std::uint32_t change : point.on) on[change] = true;
  if (point.commit != Point::kGoodCommit) {
    on[changes_ + point.commit] = true;
    // Parents have smaller indices.
    for (std::size_t i = point.commit + std::size_t{1}; i-- > 0;) {
      if (!on[changes_ + i]) continue;
      for (const std::uint32_t parent : commits_.parents_of(i)) {
        on[changes_ + parent] = true;
      }
    }
  }
  std::vector<bool> left = suspects_;
  for (std::size_t i = 0; i < left.size(); ++i) {
    left[i] = left[i] && on[i] == broken;
  }
  if (std::find(left.begin(), left.end(), true) != left.end()) {
    suspects_ = std::move(left);
  }
}

}  // namespace rung
