#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/nightly/many_search.hpp"
#include "core/nightly/night.hpp"

namespace rung {

/// So often a failure must show on HEAD, without a pass, before a search for it
/// begins.
inline constexpr unsigned kConfirmed = 4;
/// The same for a test that has lied before, and before a test that fails where
/// it once passed is told as drift: one that fails in seven runs of ten seems
/// broken after four of them in one night of four.
inline constexpr unsigned kConfirmedTwice = 2 * kConfirmed;
/// The runs of the whole suite on HEAD, each from a fresh checkout, that come
/// first: what fails in both and then passes alone, or in a checkout that was
/// used, is not flaky but needs what those have not.
inline constexpr unsigned kFresh = 2;

/// Ends the night's work on commits: what is known by then is told.
struct StopNight {};

/// One night; see work_a_night(). Its steps are in files of their own: what is
/// run and written down (night.cpp), what HEAD says and what of it is confirmed
/// (night_confirm.cpp), where it began (night_search.cpp), what is told of it
/// (night_end.cpp).
class Night {
 public:
  Night(const NightInput& input, NightState& state, SuiteJudge& judge)
      : input_(input), state_(state), judge_(judge) {
    for (std::size_t i = 0; i < input_.line.size(); ++i) {
      place_of_[input_.line[i]] = i;
    }
    head_ = input_.line.size() - 1;
    report_.head = input_.line.back();
  }

  NightReport work();

 private:
  /// A failure that is worked on, or an end of one.
  struct Failing {
    bool repair = false;  ///< it passes on HEAD; since which commit?
    bool confirmed = false, has_good = false;
    bool passed_here = false;  ///< on HEAD, on an earlier night
    std::size_t good = 0;      ///< place
  };

  // --- what is known

  TestMemory& memory(const std::string& id) { return state_.tests[id]; }
  const std::string& commit(std::size_t place) const {
    return input_.line[place];
  }
  TestCounts counts(const std::string& id, std::size_t place) const {
    const auto test = state_.tests.find(id);
    if (test == state_.tests.end()) return {};
    const auto fact = test->second.facts.find(commit(place));
    return fact == test->second.facts.end() ? TestCounts{} : fact->second;
  }
  void say(const std::string& text) const {
    if (input_.say) input_.say(text);
  }
  void save() const {
    if (input_.save) input_.save(state_);
  }

  // --- running

  double expected(std::size_t place) const {
    return (standing_ == place ? 0 : build_seconds_) + suite_seconds_;
  }

  /// Runs and remembers. Throws StopNight when nothing can be learned.
  SuiteRun run(std::size_t place, const std::vector<std::string>& tests);

  void note_once(const std::string& note);

  /// Runs these tests at a place and writes down what it tells about them, and
  /// about the others that are worked on.
  void ask(std::size_t place, std::vector<std::string> tests,
           bool fresh = false);

  /// What a run tells of a test; nullopt = nothing.
  [[nodiscard]] std::optional<TestVerdict> verdict_in(
      const SuiteRun& ran, const std::string& id) const;

  /// A failure that was never there before, while tests are missing: where
  /// those ran, it did not fail, so they have its known good. They are those
  /// that its name begins ("tests.shop" hides "tests.shop::adds"), or else all.
  void find_hidden(const std::string& id);

  // --- the steps

  void begin();

  [[nodiscard]] bool is_judged() const {
    return state_.night.whole || !state_.night.red.empty();
  }

  /// Of the suite, not one of our own.
  static bool is_test(const std::string& id) {
    return id != kBuildTest && id != kSuiteTest;
  }

  [[nodiscard]] bool is_flaky(const std::string& id) const {
    const auto& flaky = state_.night.flaky;
    return std::find(flaky.begin(), flaky.end(), id) != flaky.end();
  }

  void judge_head();

  void work_on_red();

  /// Whether the commit that broke it is known, and still can be what breaks
  /// it: it is in this history, and nobody has reverted it.
  [[nodiscard]] bool is_told(const TestMemory& test) const;

  /// The newest commit above `place` whose subject begins so; nullopt = none.
  [[nodiscard]] std::optional<std::size_t> newest_that_begins(
      const std::string& words, std::size_t place) const;

  void remember_head(const SuiteRun& ran);

  void still_broken(const std::string& id, const std::string& message);

  /// What was broken and was not red on HEAD.
  void look_for_repairs();

  /// Tests to ask at a place, of those worked on.
  template <class Wanted>
  std::vector<std::string> those(const Wanted& wanted) const {
    std::vector<std::string> ids;
    for (const auto& [id, failing] : failing_) {
      if (wanted(id, failing)) ids.push_back(id);
    }
    return ids;
  }

  /// Failing tests that pass on HEAD when repeated are flaky.
  void confirm();

  /// It failed often enough at one commit, here or on an earlier night.
  bool is_confirmed(const std::string& id) const;

  static std::string named(const std::vector<std::string>& ids) {
    return ids.size() == 1 ? ids.front() : fmt::format("{} tests", ids.size());
  }

  /// The newest place below HEAD at which the test is known to pass.
  void place_good(const std::string& id, Failing& failing);

  void find_goods();

  /// What was broken, reverted and broken again has two places where it begins;
  /// the later one is what breaks HEAD.
  void look_at_reverts();

  /// By doubling steps, for tests without a known good.
  void step_back();

  /// Whether a known good of an earlier night still is good: else the world
  /// around it changed, and no commit is guilty.
  void control();

  /// The search of all that is confirmed, from the facts alone.
  struct Searched {
    std::vector<std::string> ids;
    ManySearch search;
  };
  Searched searched() const;

  void search();

  // --- the end

  [[nodiscard]] bool done() const {
    return !out_of_budget_ && report_.infra.empty();
  }

  NightTest test_of(const std::string& id) const;

  void conclude();

  /// What is to be told of one test whose known good is known.
  void conclude(const std::string& id, const ManyRange& range);

  /// The entry of `unfinished` for a test with this range; none = no good yet.
  NightOpen& open_for(const std::optional<ManyRange>& range,
                      const std::string& id);

  std::size_t lowest_bad(const std::string& id) const;

  void decide();

  void begin_broken(const std::string& id, const ManyRange& range);

  bool is_other_night(const BrokenSince& since) const;

  void end_repair(const std::string& id);

  const NightInput& input_;
  NightState& state_;
  SuiteJudge& judge_;
  NightReport report_;
  std::unordered_map<std::string, std::size_t> place_of_;
  std::size_t head_ = 0;
  std::map<std::string, Failing> failing_;
  std::optional<std::size_t> standing_;
  double build_seconds_ = 1, suite_seconds_ = 1;
  bool out_of_budget_ = false;
  bool confirming_ = false;
  bool unsure_ = false;  ///< one fails on HEAD, and no search could tell why
  int killed_places_ = 0;
  /// By the words that subjects begin with; 0 = none does.
  mutable std::map<std::string, std::optional<std::size_t>> newest_;
  std::int64_t before_ = 0;  ///< when the night before began
  /// By (is a repair, good, bad), and by (good is known, good, bad).
  std::map<std::tuple<bool, std::size_t, std::size_t>, NightFinding> found_;
  std::map<std::tuple<bool, std::size_t, std::size_t>, NightOpen> open_;
};

}  // namespace rung
