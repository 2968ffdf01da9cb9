#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// What rung remembers of a suite from night to night: a known good for each
/// test, what is broken since when, and what a search that was stopped knows.
/// Times are seconds since 1970; commits are full ids.

/// A commit at which a test passed.
struct KnownPass {
  std::string commit;
  std::int64_t at = 0;
  friend bool operator==(const KnownPass&, const KnownPass&) = default;
};

/// Counts of runs of one test at one commit.
struct TestCounts {
  unsigned passes = 0, failures = 0, untold = 0;
  friend bool operator==(const TestCounts&, const TestCounts&) = default;
};

/// A failure that was told and has not ended.
struct BrokenSince {
  std::string culprit;  ///< "" = it was not found
  std::string subject;  ///< of that commit
  std::int64_t first_night = 0;
  unsigned nights = 1;  ///< in how many it was seen
  std::int64_t last_night = 0;
  std::string last_commit;  ///< HEAD when it was last seen
  friend bool operator==(const BrokenSince&, const BrokenSince&) = default;
};

struct TestMemory {
  std::vector<KnownPass> goods;  ///< newest last, kMostGoods at most
  std::int64_t last_seen = 0;    ///< when a report last named it
  std::size_t group_size = 0;    ///< of the group in its id; see test_id()
  /// In how many confirmations it passed after it had failed, and failed again
  /// each time: how often this test lies.
  unsigned flaked = 0, confirmed = 0;
  std::optional<BrokenSince> since;
  /// It fails in the whole suite from a fresh checkout, and passes alone or in
  /// a checkout that was used: only the former judges it.
  bool needs_all = false;
  /// Tests that do not run where this one fails (a module that cannot be
  /// imported, or a class without a fixture, is reported by a name of its own).
  /// Where one of them runs, and this one is in no report, it passes.
  std::vector<std::string> hides;
  /// A hash of what it is judged with, in addition to the commit; see
  /// judge_with(). "" = nothing but the commit.
  std::string setting;
  /// Verdicts of a search that goes on, by commit.
  std::map<std::string, TestCounts> facts;
  friend bool operator==(const TestMemory&, const TestMemory&) = default;
};

/// The last night, so that one that was killed goes on.
struct LastNight {
  std::string head;
  std::int64_t begun = 0;
  bool done = true;
  std::map<std::string, std::string> red;  ///< failed on HEAD -> its message
  std::vector<std::string> flaky;          ///< of these, told as flaky
  unsigned passed = 0, skipped = 0;        ///< counts
  std::vector<std::string> missing;        ///< known, and not in the reports
  bool whole = false;                      ///< the suite was judged as a whole
  friend bool operator==(const LastNight&, const LastNight&) = default;
};

struct NightState {
  static constexpr std::size_t kMostGoods = 4;
  static constexpr std::size_t kMostHidden = 20;
  std::map<std::string, TestMemory> tests;  ///< by id
  LastNight night;
  friend bool operator==(const NightState&, const NightState&) = default;
};

/// Adds a known good; keeps the newest few.
void add_good(TestMemory& test, const KnownPass& good);
/// Says what a test is judged with from now on. If that is not as before, what
/// was broken then, and the verdicts of a search that goes on, count no more;
/// a known good does, for it is judged again before anything rests on it.
/// Returns whether the test was known with another setting.
bool judge_with(NightState& state, const std::string& id,
                const std::string& setting);
/// All that either knows. merged(a, b) == merged(b, a), and merging again adds
/// nothing.
NightState merged(const NightState& a, const NightState& b);

/// As a file keeps it: JSON, with the name of what it belongs to (`subject`).
std::string written(const NightState& state, std::string_view subject);
/// Reads it back. Throws JournalError if it is damaged, UsageError if it is
/// from a newer rung or of another subject.
NightState night_state_from(std::string_view text, std::string_view subject);

}  // namespace rung
