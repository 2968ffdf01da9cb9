#include "core/report/search_trail.hpp"

#include <algorithm>

namespace rung {

void SearchTrail::told(const Proposal& proposal, const ProbeRecord& probe,
                       bool remembered) {
  if (!seen_.insert(probe.id).second) return;
  const Point& point = proposal.point;
  const Verdict verdict = probe.observation.verdict;
  const std::vector<bool> on = on_at(point);
  if (counted_as(proposal.purpose) == ProbePurpose::proof) {
    knows_ = false;
  } else if (knows_ && (verdict == Verdict::good || verdict == Verdict::bad) &&
             !narrow(on, (verdict == Verdict::bad) != find_fix_)) {
    // Several changes are guilty, or a verdict is wrong: it never was known.
    knows_ = false;
    for (ReportProbe& trial : trials_)
      trial.place->first = trial.place->end = 0;
  }
  ReportProbe& out = trials_.emplace_back(described(probe));
  out.remembered = remembered;
  ProbePlace& place = out.place.emplace();
  place.commits = point.commit == Point::kGoodCommit ? 0 : point.commit + 1;
  place.changes = point.on;
  const auto commits = on.begin() + static_cast<std::ptrdiff_t>(changes_);
  place.all = std::count(commits, on.end(), true) ==
              static_cast<std::ptrdiff_t>(place.commits);
  if (!knows_) return;
  const auto first = std::find(suspects_.begin(), suspects_.end(), true);
  const auto last = std::find(suspects_.rbegin(), suspects_.rend(), true);
  place.first = static_cast<std::uint64_t>(first - suspects_.begin());
  place.end = static_cast<std::uint64_t>(suspects_.rend() - last);
}

std::vector<bool> SearchTrail::on_at(const Point& point) const {
  std::vector<bool> on(suspects_.size());
  for (const std::uint32_t change : point.on) on[change] = true;
  if (point.commit == Point::kGoodCommit) return on;
  on[changes_ + point.commit] = true;
  // Parents have smaller indices.
  for (std::size_t i = point.commit + std::size_t{1}; i-- > 0;) {
    if (!on[changes_ + i]) continue;
    for (const std::uint32_t parent : commits_.parents_of(i)) {
      on[changes_ + parent] = true;
    }
  }
  return on;
}

bool SearchTrail::narrow(const std::vector<bool>& on, bool broken) {
  std::vector<bool> left = suspects_;
  for (std::size_t i = 0; i < left.size(); ++i) {
    left[i] = left[i] && on[i] == broken;
  }
  if (std::find(left.begin(), left.end(), true) == left.end()) return false;
  suspects_ = std::move(left);
  return true;
}

std::vector<ReportProbe> with_records(std::vector<ReportProbe> trials,
                                      const std::vector<ProbeRecord>& records) {
  for (const ProbeRecord& record : records) {
    const auto same =
        std::find_if(trials.begin(), trials.end(),
                     [&](const auto& trial) { return trial.id == record.id; });
    if (same != trials.end()) {
      same->remembered = false;  // another search of this run asked for it
      continue;
    }
    const auto next =
        std::find_if(trials.begin(), trials.end(), [&](const auto& trial) {
          return !trial.remembered && trial.id > record.id;
        });
    trials.insert(next, described(record));
  }
  return trials;
}

}  // namespace rung
