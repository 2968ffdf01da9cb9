#include "adapters/cloudrun/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace rung {
namespace {

constexpr std::chrono::seconds kLate{30};
constexpr std::size_t kMostText = 1U << 20;

std::optional<std::chrono::sys_seconds> parsed(const std::string& time) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(time.c_str(), "%d-%u-%uT%d:%d:%d", &year, &month, &day,
                  &hour, &minute, &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

}  // namespace

std::string earlier(const std::string& time, std::chrono::seconds by) {
  const auto at = parsed(time);
  if (!at) return "";
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(
                         std::chrono::system_clock::time_point(*at - by))));
}

std::int64_t unix_ms_of(const std::string& time) {
  const auto at = parsed(time);
  return at ? at->time_since_epoch().count() * 1000 : 0;
}

void CloudRunLog::refresh(bool now) {
  if (!now && read_ && clock_.now() - *read_ < interval_) return;
  read_ = clock_.now();
  const std::string since =
      entries_.empty() ? "" : earlier(entries_.back().time, kLate);
  bool more = false;
  for (CloudLogEntry& entry : api_.entries(revision_, since)) {
    if (!known_.insert(entry.id).second) continue;
    entries_.push_back(std::move(entry));
    more = true;
  }
  if (!more) return;
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const CloudLogEntry& a, const CloudLogEntry& b) {
                     return a.time < b.time;
                   });
}

std::string CloudRunLog::text() const {
  std::string text;
  for (const CloudLogEntry& entry : entries_) {
    if (entry.log == "requests") continue;
    text += entry.text;
    text += '\n';
  }
  if (text.size() > kMostText) text.erase(0, text.size() - kMostText);
  return text;
}

}  // namespace rung
