#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// How a row of a check-up ended. `unknown`: rung could not find out, and says
/// why; it is neither good nor bad news.
enum class RowStatus { ok, fail, unknown };
std::string_view to_string(RowStatus status);

/// One row of the table that people fill in by hand during an incident.
struct CheckupRow {
  std::string name;  ///< the kind: "disk", "git history", "http"
  std::string what;  ///< what was looked at: a path, a host, "$DATABASE_URL"
  std::string expected, found;
  RowStatus status = RowStatus::unknown;
  std::string advice = {};  ///< what to try; "" = nothing to do
  std::chrono::milliseconds took{0};
};

/// One whose answer is not known yet.
inline CheckupRow row_of(std::string name, std::string what,
                         std::string expected) {
  return {std::move(name), std::move(what), std::move(expected), "",
          RowStatus::unknown};
}

/// What a look found: the part of a row that a decision fills in.
struct Judged {
  RowStatus status = RowStatus::unknown;
  std::string found, advice = {};
};
inline Judged fine(std::string found) {
  return {RowStatus::ok, std::move(found), {}};
}
inline Judged failing(std::string found, std::string advice) {
  return {RowStatus::fail, std::move(found), std::move(advice)};
}
inline Judged not_known(std::string why, std::string advice = {}) {
  return {RowStatus::unknown, std::move(why), std::move(advice)};
}

/// A failure to reach something where only another machine has to reach it: it
/// tells nothing of that one.
Judged seen_from_here(Judged judged);

/// Failures first, then what is unknown; else the order is kept.
void sort_rows(std::vector<CheckupRow>& rows);

/// A table with a line for each row, its advice below it, and a last line with
/// the counts. Whatever the rows hold is safe for a terminal.
std::string checkup_text(const std::vector<CheckupRow>& rows,
                         std::chrono::milliseconds took);

/// {"rung": 1, "command": "doctor", "failed": N, "unknown": N, "rows": [...]};
/// a row is {name, what, expected, found, status, seconds, try}.
nlohmann::ordered_json checkup_json(const std::vector<CheckupRow>& rows);

}  // namespace rung
