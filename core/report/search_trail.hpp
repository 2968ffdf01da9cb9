#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "core/report/report.hpp"

namespace rung {

/// The verdicts that a search was told, each with its place among the changes
/// and what it left over, for a picture of the search.
class SearchTrail {
 public:
  /// `commits` outlives this; `changes`: how many that are not commits.
  SearchTrail(const CommitGraph& commits, std::size_t changes, bool find_fix)
      : commits_(commits),
        changes_(changes),
        find_fix_(find_fix),
        suspects_(changes + commits.size(), true) {}

  /// A record that was told before adds nothing. Once a proof is told, or what
  /// contradicts all before, nobody knows where the guilty change can be.
  void told(const Proposal& proposal, const ProbeRecord& probe,
            bool remembered);
  [[nodiscard]] const std::vector<ReportProbe>& trials() const {
    return trials_;
  }

 private:
  /// The changes, then the commits, that a release at this point has.
  [[nodiscard]] std::vector<bool> on_at(const Point& point) const;
  /// False: no change is left.
  bool narrow(const std::vector<bool>& on, bool broken);

  const CommitGraph& commits_;
  std::size_t changes_;
  bool find_fix_;
  std::vector<bool> suspects_;  ///< changes, then commits
  bool knows_ = true;           ///< where the guilty change can be
  std::set<std::int64_t> seen_;
  std::vector<ReportProbe> trials_;
};

/// The trials, and each of these records that is not among them: a row for each
/// trial of a run, in the order made.
std::vector<ReportProbe> with_records(std::vector<ReportProbe> trials,
                                      const std::vector<ProbeRecord>& records);

}  // namespace rung
