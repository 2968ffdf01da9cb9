#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/gates/probe.hpp"
#include "core/model/probe_history.hpp"
#include "core/search/search.hpp"

namespace rung {

/// What a healthy release logs, too, is no reason of a failure. Kept for a run
/// that is killed and goes on: one failure is to be read in one way.
class HealthyLog {
 public:
  /// `history` outlives this.
  HealthyLog(ProbeHistory& history, const std::string& run);

  [[nodiscard]] bool known() const { return usual_.has_value(); }
  /// Keeps the log of the first healthy end, and explains a failure without the
  /// lines that are in it.
  void compare(Purpose purpose, ProbeEvidence& evidence);

 private:
  ProbeHistory& history_;
  JournalFact fact_;
  std::optional<std::vector<std::string>> usual_;  ///< see telling_lines()
};

}  // namespace rung
