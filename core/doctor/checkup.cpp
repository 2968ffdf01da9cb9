#include "core/doctor/checkup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text/printable.hpp"

namespace rung {
namespace {

// A wider cell would push the columns behind it off the screen; JSON has it
// whole.
constexpr std::size_t kWidest = 40;

/// Of the statuses, in the order in which a reader wants them.
int rank(RowStatus status) {
  switch (status) {
    case RowStatus::fail:
      return 0;
    case RowStatus::unknown:
      return 1;
    case RowStatus::ok:
      break;
  }
  return 2;
}

std::size_t count_of(const std::vector<CheckupRow>& rows, RowStatus status) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const CheckupRow& row) {
        return row.status == status;
      }));
}

double seconds_of(std::chrono::milliseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string cell(const std::string& text, std::size_t width) {
  const std::size_t used = columns(text);
  if (used > width) return elided(text, width, false) + "  ";
  return text + std::string(width - used, ' ') + "  ";
}

}  // namespace

std::string_view to_string(RowStatus status) {
  switch (status) {
    case RowStatus::ok:
      return "ok";
    case RowStatus::fail:
      return "fail";
    case RowStatus::unknown:
      break;
  }
  return "unknown";
}

Judged seen_from_here(Judged judged) {
  if (judged.status != RowStatus::fail) return judged;
  return not_known(
      fmt::format("from this machine: {}; the platform's network may reach it",
                  judged.found));
}

void sort_rows(std::vector<CheckupRow>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const CheckupRow& one, const CheckupRow& other) {
                     return rank(one.status) < rank(other.status);
                   });
}

std::string checkup_text(const std::vector<CheckupRow>& rows,
                         std::chrono::milliseconds took) {
  constexpr std::size_t kCells = 4;
  using Line = std::array<std::string, kCells>;
  std::vector<Line> lines = {{"status", "test", "of", "expected"}};
  for (const CheckupRow& row : rows) {
    lines.push_back({std::string(to_string(row.status)), printable(row.name),
                     printable(row.what), printable(row.expected)});
  }
  std::array<std::size_t, kCells> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < kCells; ++i) {
      widths[i] = std::max(widths[i], std::min(kWidest, columns(line[i])));
    }
  }
  std::string text;
  const auto begin = [&](const Line& line) {
    for (std::size_t i = 0; i < kCells; ++i) text += cell(line[i], widths[i]);
  };
  begin(lines[0]);
  text += "  time  found\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    begin(lines[i + 1]);
    text += fmt::format("{:5.1f}s  {}\n", seconds_of(rows[i].took),
                        printable(rows[i].found));
    if (rows[i].status != RowStatus::ok && !rows[i].advice.empty()) {
      text += fmt::format("{}try: {}\n", std::string(widths[0] + 2, ' '),
                          printable(rows[i].advice));
    }
  }
  text += fmt::format(
      "{} failed, {} unknown, {} ok in {:.1f}s\n",
      count_of(rows, RowStatus::fail), count_of(rows, RowStatus::unknown),
      count_of(rows, RowStatus::ok), seconds_of(took));
  return text;
}

nlohmann::ordered_json checkup_json(const std::vector<CheckupRow>& rows) {
  nlohmann::ordered_json out = {{"rung", 1},
                                {"command", "doctor"},
                                {"failed", count_of(rows, RowStatus::fail)},
                                {"unknown", count_of(rows, RowStatus::unknown)},
                                {"rows", nlohmann::ordered_json::array()}};
  for (const CheckupRow& row : rows) {
    out["rows"].push_back({{"name", printable(row.name)},
                           {"what", printable(row.what)},
                           {"expected", printable(row.expected)},
                           {"found", printable(row.found)},
                           {"status", to_string(row.status)},
                           {"seconds", seconds_of(row.took)},
                           {"try", printable(row.advice)}});
  }
  return out;
}

}  // namespace rung
