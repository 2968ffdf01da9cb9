#pragma once

#include <string>

#include "core/report/report.hpp"

namespace rung {

/// A label of ours in the user's words: "the good release" -> "the fast
/// release" with Terms::good "fast".
std::string in_terms(std::string text, const Terms& terms);
/// "healthy, as known from before".
std::string state_text(ReportPhase::State state, bool remembered);
/// "12 %", "99.5 %", "more than 99.9 %".
std::string percent(double probability);
/// What a flaky gate was found to do, and how sure that leaves the answer.
/// REQUIRES: report.gate_rates.
std::string gate_text(const Report& report);

}  // namespace rung
