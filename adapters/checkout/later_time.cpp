#include "adapters/checkout/later_time.hpp"

#include <algorithm>

#include "adapters/checkout/worktree_files.hpp"

namespace rung {

timespec later_than_trials(int root, const files::Snapshot& now,
                           const LaterTime& later) {
  constexpr std::time_t kLongAgo = 3600, kApart = 2;
  timespec is{};  // by the clock that gives files their times
  clock_gettime(CLOCK_REALTIME_COARSE, &is);
  files::Newest newest = files::newest_below(
      root, is.tv_sec,
      [&now](const auto& file) { return now.files.contains(file); },
      later.looked);
  if (later.looked) {
    const auto count = [&](std::time_t time) {
      if (time <= is.tv_sec) newest.known = std::max(newest.known, time);
    };
    count(later.touched);
    for (const auto& [unused, tracked] : now.files) {
      count(tracked.stamp.modified / 1'000'000'000);
    }
  }
  if (newest.strange == 0 && !later.changed) {
    if (newest.known == 0) return {is.tv_sec - kLongAgo, 0};
    if (newest.known + kApart < is.tv_sec) {
      return {newest.known + kApart, 0};
    }
    return is;
  }
  // What was derived from a file is younger than that, so it is enough to be
  // later than all that was derived.
  const std::time_t before = newest.strange == 0 || later.changed
                                 ? std::max(newest.known, newest.strange)
                                 : newest.strange;
  while (is.tv_sec <= before) {
    const timespec rest{0, std::min(1'000'000'000 - is.tv_nsec, 999'999'999L)};
    nanosleep(&rest, nullptr);
    clock_gettime(CLOCK_REALTIME_COARSE, &is);
  }
  return is;
}

}  // namespace rung
