#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/report/report.hpp"

namespace rung {

/// One fact of a report: a label, and a line of text beside it.
struct ReportFact {
  std::string label;  ///< "" = one more of the fact before
  std::string text;   ///< never empty
};

/// How a report's facts are put into words. Foreign text is made printable and
/// cut; without `utf8` it becomes ASCII.
struct Wording {
  // A message quotes a log line; what matters stands at its beginning.
  static constexpr std::size_t kLongest = 240;
  static constexpr std::size_t kLongestNote = 800;  ///< advice ends a note

  bool utf8 = true;
  [[nodiscard]] std::string clean(std::string_view foreign,
                                  std::size_t longest = kLongest) const;
};

/// "PORT removed from the environment", "commit 3f2a9c1d04 "its subject"".
std::string phrase(const Wording& wording, const ReportDelta& delta);
/// The answer in one line: "Culprit: PORT removed from the environment".
std::string headline(const Wording& wording, const Report& report);
/// What the phases of a climb came to, if none is broken.
std::vector<ReportFact> phase_facts(const Wording& wording,
                                    const Report& report);
/// "2 of 3"; empty if no phase is broken.
std::vector<ReportFact> broken_phase_facts(const Wording& wording,
                                           const Report& report);
/// The changes of a set that fails only together; empty for a single change.
std::vector<ReportFact> member_facts(const Wording& wording,
                                     const ReportFinding& finding);
/// How it fails, where it is read, and its proof.
std::vector<ReportFact> finding_facts(const Wording& wording,
                                      const Report& report,
                                      const ReportFinding& finding);
/// Where the failure that is not explained by a finding was seen.
std::vector<ReportFact> failure_facts(const Wording& wording,
                                      std::string_view label,
                                      const Failure& failure);
/// What a release needs (env prune): "A or B".
std::string needed_names(const Wording& wording, const ReportFinding& finding);
/// What serves, if the command looked; "" = not known.
std::string serves(const Wording& wording, const Report& report);
/// Suspects, at most `shown` of them.
std::vector<ReportFact> suspect_facts(const Wording& wording,
                                      const Report& report,
                                      std::size_t shown = 4);
/// What was repaired on the way, the likeliest suspect, the gate, and what
/// hides behind the findings.
std::vector<ReportFact> circumstances(const Wording& wording,
                                      const Report& report);
/// What was checked and noted, what the search cost, and what serves.
std::vector<ReportFact> remarks(const Wording& wording, const Report& report);

}  // namespace rung
