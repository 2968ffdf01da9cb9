#pragma once

#include <string>

#include "core/report/report.hpp"

namespace rung {

/// One of rung's labels in the user's words: "the good release" -> "the fast
/// release" with Terms::good "fast".
std::string in_terms(std::string text, const Terms& terms);
/// "healthy, as known from before".
std::string state_text(ReportPhase::State state, bool remembered);
/// "3.2 s", "4 min", "2 h 5 min".
std::string took(double seconds);
/// "12 %", "99.5 %", "more than 99.9 %".
std::string percent(double probability);
/// The measured rates of a flaky gate, and how sure the answer is. REQUIRES:
/// report.gate_rates.
std::string gate_text(const Report& report);
/// What a report begins with that could not restore the known good. REQUIRES:
/// !report.restored.
std::string not_restored(const Report& report);

}  // namespace rung
