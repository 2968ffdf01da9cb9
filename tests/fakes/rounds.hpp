#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "adapters/journal/sqlite_journal.hpp"

namespace rung::fakes {

/// How many of these probes had to wait for each other: the length of the
/// longest chain in which each began when the one before had ended. With one
/// worker that is all of them.
inline unsigned rounds(const std::vector<ProbeRecord>& probes) {
  struct Interval {
    std::int64_t begin, end;
  };
  std::vector<Interval> all;
  for (const ProbeRecord& probe : probes) {
    all.push_back({probe.at_ms - probe.observation.duration.count(),
                   probe.at_ms});
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.end < b.end; });
  unsigned count = 0;
  std::int64_t busy_until = INT64_MIN;
  for (const Interval& next : all) {
    if (next.begin < busy_until) continue;
    ++count;
    busy_until = next.end;
  }
  return count;
}

/// Of the newest run on record below `folder`.
inline unsigned rounds_of_last_run(const std::filesystem::path& folder) {
  const auto journal = SqliteJournal::open(folder);
  return rounds(journal->probes(journal->runs().at(0).run));
}

/// ceil(log_{workers + 1} places) + 4: the controls and the proof are a round
/// each, and what the answer rests on is seen again in two more at most.
constexpr unsigned promised_rounds(std::uint64_t places, std::uint64_t workers) {
  unsigned count = 4;
  for (std::uint64_t reach = 1; reach < places; reach *= workers + 1) ++count;
  return count;
}

}  // namespace rung::fakes
