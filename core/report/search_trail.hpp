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

  /// A record that was told before adds nothing.
  void told(const Proposal& proposal, const ProbeRecord& probe,
            bool remembered);
  [[nodiscard]] const std::vector<ReportProbe>& trials() const {
    return trials_;
  }

 private:
  void narrow(const Point& point, bool broken);

  const CommitGraph& commits_;
  std::size_t changes_;
  bool find_fix_;
  std::vector<bool> suspects_;  ///< changes, then commits
  std::set<std::int64_t> seen_;
  std::vector<ReportProbe> trials_;
};

}  // namespace rung
