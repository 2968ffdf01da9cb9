#include "core/nightly/night.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "core/nightly/many_search.hpp"

namespace rung {
namespace {

/// So often a failure must show on HEAD, without a pass, before a search for it
/// begins; and at its known good before it is drift.
constexpr unsigned kConfirmed = 4;
/// A test that no report has named for so long is forgotten.
constexpr std::int64_t kForgotten = 90LL * 24 * 3600;
constexpr std::int64_t kDay = 24LL * 3600;
/// Commits in one night at which everything is killed: then it is the machine.
constexpr int kSick = 3;
/// The runs of the whole suite on HEAD, each from a fresh checkout, that come
/// first: what fails in both and then passes alone, or in a checkout that was
/// used, is not flaky but needs what those have not.
constexpr unsigned kFresh = 2;

/// Ends the night's work on commits: what is known by then is told.
struct StopNight {};

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

  NightReport work() {
    begin();
    try {
      judge_head();
      if (is_judged()) {
        look_for_repairs();
        find_goods();
        search();
      }
    } catch (const StopNight&) {
    }
    conclude();
    return std::move(report_);
  }

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
  SuiteRun run(std::size_t place, const std::vector<std::string>& tests) {
    if (input_.affords && report_.suites > 0 &&
        !input_.affords(expected(place))) {
      out_of_budget_ = true;
      throw StopNight{};
    }
    SuiteRun ran;
    for (int tries = 0;; ++tries) {
      ran = judge_.judge(commit(place), tests);
      report_.builds += ran.built;
      ++report_.suites;
      report_.seconds += ran.build_seconds + ran.suite_seconds;
      for (const std::string& note : ran.notes) note_once(note);
      if (!ran.infra) break;
      if (ran.out_of_time) {
        out_of_budget_ = true;
        throw StopNight{};
      }
      if (tries > 0 && ran.killed && place != head_ &&
          ++killed_places_ < kSick) {
        // It may be this commit that dies so; the night goes on without it.
        note_once(fmt::format("{} cannot be judged: {}",
                              commit(place).substr(0, 10), *ran.infra));
        ran.infra.reset();
        ran.tests.clear();
        break;
      }
      if (tries > 0) {
        report_.infra = *ran.infra;
        throw StopNight{};
      }
      say(fmt::format("{}; once more", *ran.infra));
    }
    standing_ = place;
    if (ran.built) build_seconds_ = std::max(ran.build_seconds, 1e-3);
    suite_seconds_ = ran.suite_seconds;
    return ran;
  }

  void note_once(const std::string& note) {
    auto& notes = report_.notes;
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) {
      notes.push_back(note);
    }
  }

  /// Runs these tests at a place and writes down what it tells about them, and
  /// about the others that are worked on.
  void ask(std::size_t place, std::vector<std::string> tests,
           bool fresh = false) {
    const std::set<std::string> asked(tests.begin(), tests.end());
    fresh =
        judge_.alone_differs() &&
        (fresh || std::any_of(tests.begin(), tests.end(), [&](const auto& id) {
           return memory(id).needs_all;
         }));
    if (fresh) {
      judge_.forget_checkout();
      standing_.reset();
      tests.push_back(kSuiteTest);
    }
    const SuiteRun ran = run(place, tests);
    for (const auto& [id, failing] : failing_) {
      const auto verdict = verdict_in(ran, id);
      const bool judged = verdict.has_value();
      if (!judged && asked.count(id) == 0) continue;
      TestCounts& fact = memory(id).facts[commit(place)];
      const bool passes = verdict == TestVerdict::passed;
      // Only a run like those that it failed in can say that it passes.
      if (judge_.alone_differs() && confirming_ && !fresh &&
          !failing.confirmed && !failing.repair && !ran.tests.empty() &&
          (passes || !judged) && fact.passes == 0 && fact.failures >= kFresh) {
        memory(id).needs_all = true;
        // It may be flaky after all: what counts now begins anew.
        fact.failures = 0;
        continue;
      }
      if (!judged) {
        ++fact.untold;
      } else if (passes) {
        ++fact.passes;
      } else {
        ++fact.failures;
      }
    }
    save();
  }

  /// What a run tells of a test; nullopt = nothing.
  [[nodiscard]] std::optional<TestVerdict> verdict_in(
      const SuiteRun& ran, const std::string& id) const {
    const auto ran_here = [&](const std::string& test) {
      const auto at = ran.tests.find(test);
      return at != ran.tests.end() &&
             at->second.verdict != TestVerdict::skipped;
    };
    if (ran_here(id)) return ran.tests.at(id).verdict;
    const auto test = state_.tests.find(id);
    if (test == state_.tests.end() || ran.tests.count(id) > 0) return {};
    const auto& hides = test->second.hides;
    if (!std::any_of(hides.begin(), hides.end(), ran_here)) return {};
    return TestVerdict::passed;
  }

  /// A failure that was never there before, while tests are missing: where
  /// those ran, it did not fail, so they have its known good. They are those
  /// that its name begins ("tests.shop" hides "tests.shop::adds"), or else all.
  void find_hidden(const std::string& id) {
    TestMemory& test = memory(id);
    if (!is_test(id) || !test.goods.empty() || !test.hides.empty()) return;
    if (!judge_.alone_differs()) return;  // each is asked by its name
    const std::string name = name_in_id(id, test.group_size);
    const auto begins = [&](const std::string& other) {
      return other.size() > name.size() && other.starts_with(name) &&
             std::string_view(".:/ ").find(other[name.size()]) !=
                 std::string_view::npos;
    };
    const auto hide = [&](const auto& wanted) {
      for (const std::string& other : state_.night.missing) {
        if (test.hides.size() == NightState::kMostHidden) break;
        if (other != id && wanted(other)) test.hides.push_back(other);
      }
    };
    hide(begins);
    if (test.hides.empty()) hide([](const std::string&) { return true; });
    for (const std::string& other : test.hides) {
      const auto goods = memory(other).goods;
      for (const KnownPass& good : goods) add_good(test, good);
    }
    if (test.hides.empty()) return;
    // Alone it would not tell which tests run.
    test.needs_all = true;
    note_once(fmt::format(
        "{} is new, and {} known tests did not run; it counts as passing where "
        "those run",
        id, state_.night.missing.size()));
  }

  // --- the steps

  void begin() {
    LastNight& night = state_.night;
    report_.first_night = std::all_of(
        state_.tests.begin(), state_.tests.end(),
        [](const auto& test) { return test.second.last_seen == 0; });
    report_.resumed = !night.done && night.head == report_.head;
    if (report_.resumed) return;
    before_ = night.begun;
    night = {};
    night.head = report_.head;
    night.begun = input_.now;
    night.done = false;
  }

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

  void judge_head() {
    // A build that fails once and then passes has hidden the suite.
    constexpr int kOften = 3;
    for (int tries = 0; tries < kOften; ++tries) {
      const bool known = tries == 0 && report_.resumed && is_judged();
      if (!known) {
        say(fmt::format("judging {} (HEAD)", report_.head.substr(0, 10)));
        judge_.forget_checkout();
        standing_.reset();
        remember_head(run(head_, {}));
      }
      work_on_red();
      confirm();
      if (state_.night.whole) break;
      if (!is_flaky(kBuildTest) && !is_flaky(kSuiteTest)) break;
    }
    const LastNight& night = state_.night;
    report_.passed = night.passed;
    report_.skipped = night.skipped;
    report_.missing = night.missing;
    for (const auto& [id, message] : night.red) {
      const TestMemory& test = memory(id);
      if (is_told(test)) still_broken(id, message);
    }
  }

  void work_on_red() {
    for (const auto& [id, message] : state_.night.red) {
      if (is_told(memory(id)) || is_flaky(id)) continue;
      find_hidden(id);
      failing_.try_emplace(id);
    }
  }

  /// Whether the commit that broke it is known, and still can be what breaks
  /// it: it is in this history, and nobody has reverted it.
  [[nodiscard]] bool is_told(const TestMemory& test) const {
    if (!test.since || test.since->culprit.empty()) return false;
    const auto at = place_of_.find(test.since->culprit);
    if (at == place_of_.end()) return false;
    const std::string revert = "Revert \"" + test.since->subject;
    return !newest_that_begins(revert, at->second);
  }

  /// The newest commit above `place` whose subject begins so; nullopt = none.
  [[nodiscard]] std::optional<std::size_t> newest_that_begins(
      const std::string& words, std::size_t place) const {
    constexpr std::size_t kMost = 2000;  // a look at each takes microseconds
    if (!input_.subject_of) return std::nullopt;
    auto& known = newest_[words];
    if (!known) {
      known = 0;
      const std::size_t end = head_ - std::min(head_, kMost);
      for (std::size_t p = head_; p > end; --p) {
        if (!input_.subject_of(commit(p)).starts_with(words)) continue;
        known = p;
        break;
      }
    }
    return *known > place ? known : std::nullopt;
  }

  void remember_head(const SuiteRun& ran) {
    LastNight& night = state_.night;
    const std::string& head = report_.head;
    night.passed = night.skipped = 0;
    night.missing.clear();
    for (const auto& [id, result] : ran.tests) {
      TestMemory& test = memory(id);
      test.last_seen = input_.now;
      const bool grouped = result.group != result.name;
      test.group_size = grouped ? result.group.size() : 0;
      const bool own = !is_test(id);
      if (result.verdict == TestVerdict::passed) {
        add_good(test, {head, input_.now});
        test.needs_all = false;
        if (night.red.count(id) > 0) {
          ++test.facts[head].passes;
        } else if (!test.since) {
          test.facts.clear();
        }
        night.passed += own ? 0 : 1;
      } else if (result.verdict == TestVerdict::failed) {
        night.red[id] = result.message;
        TestCounts& fact = test.facts[head];
        ++fact.failures;
      } else {
        night.skipped += own ? 0 : 1;
      }
    }
    const auto verdict = [&](const std::string& id) {
      const auto it = ran.tests.find(id);
      return it == ran.tests.end() ? TestVerdict::skipped : it->second.verdict;
    };
    night.whole = verdict(kBuildTest) == TestVerdict::passed &&
                  verdict(kSuiteTest) == TestVerdict::passed;
    report_.unjudged.clear();
    for (const std::string& id : {kBuildTest, kSuiteTest}) {
      const auto it = ran.tests.find(id);
      if (it != ran.tests.end() && verdict(id) == TestVerdict::skipped) {
        report_.unjudged = it->second.message;
      }
    }
    for (auto& [id, test] : state_.tests) {
      if (test.hides.empty() || ran.tests.count(id) > 0) continue;
      if (!verdict_in(ran, id)) continue;
      // What it hid runs again.
      add_good(test, {head, input_.now});
      if (night.red.count(id) > 0) ++test.facts[head].passes;
    }
    if (verdict(kBuildTest) == TestVerdict::passed) {
      for (const auto& [id, test] : state_.tests) {
        // Once: what is removed for good is no news the next night.
        const bool was_there = test.last_seen >= before_ && test.hides.empty();
        if (was_there && ran.tests.count(id) == 0) night.missing.push_back(id);
      }
    }
    save();
  }

  void still_broken(const std::string& id, const std::string& message) {
    BrokenSince& since = *memory(id).since;
    if (is_other_night(since)) ++since.nights;
    since.last_night = input_.now;
    since.last_commit = report_.head;
    memory(id).facts.clear();
    NightTest test;
    test.id = id;
    test.message = message;
    report_.still.emplace_back(since, std::move(test));
  }

  /// What was broken and was not red on HEAD.
  void look_for_repairs() {
    const LastNight& night = state_.night;
    for (auto& [id, test] : state_.tests) {
      if (!test.since || night.red.count(id) > 0) continue;
      const bool passed =
          !test.goods.empty() && test.goods.back().commit == report_.head;
      if (!passed) {
        note_once(fmt::format("{} was broken and did not run on HEAD", id));
        continue;
      }
      const auto broken = place_of_.find(test.since->last_commit);
      // Of another branch, or of a history that was rewritten.
      if (broken == place_of_.end() && !test.since->culprit.empty() &&
          place_of_.count(test.since->culprit) == 0) {
        continue;
      }
      if (broken == place_of_.end() || broken->second == head_) {
        report_.repaired_unsearched.push_back(id);
        continue;
      }
      Failing failing;
      failing.repair = failing.confirmed = failing.has_good = true;
      failing.good = broken->second;
      failing_[id] = failing;
    }
  }

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
  void confirm() {
    for (;;) {
      for (auto it = failing_.begin(); it != failing_.end();) {
        auto& [id, failing] = *it;
        const TestCounts seen = counts(id, head_);
        if (seen.passes > 0) {
          TestMemory& test = memory(id);
          ++test.flaked;
          test.facts.clear();
          state_.night.flaky.push_back(id);
          it = failing_.erase(it);
          continue;
        }
        failing.confirmed = failing.confirmed || is_confirmed(id);
        ++it;
      }
      const auto open = those([&](const std::string& id, const Failing& test) {
        // A test that does not run when repeated is neither.
        return !test.confirmed && counts(id, head_).untold == 0;
      });
      if (open.empty()) return;
      const bool fresh =
          judge_.alone_differs() &&
          std::any_of(open.begin(), open.end(), [&](const std::string& id) {
            return counts(id, head_).failures < kFresh;
          });
      say(fmt::format("repeating {} on HEAD{}", named(open),
                      fresh ? ", in a fresh checkout" : ""));
      confirming_ = true;
      ask(head_, open, fresh);
      confirming_ = false;
    }
  }

  /// It failed often enough at one commit, here or on an earlier night.
  bool is_confirmed(const std::string& id) const {
    const TestMemory& test = state_.tests.at(id);
    // One that has lied before has to show it twice as often.
    const unsigned needed = test.flaked == 0 ? kConfirmed : 2 * kConfirmed;
    return std::any_of(
        test.facts.begin(), test.facts.end(), [&](const auto& fact) {
          return fact.second.passes == 0 && fact.second.failures >= needed;
        });
  }

  static std::string named(const std::vector<std::string>& ids) {
    return ids.size() == 1 ? ids.front() : fmt::format("{} tests", ids.size());
  }

  /// The newest place below HEAD at which the test is known to pass.
  void place_good(const std::string& id, Failing& failing) {
    const TestMemory& test = memory(id);
    const auto take = [&](const std::string& commit) {
      const auto at = place_of_.find(commit);
      if (at == place_of_.end() || at->second >= head_) return;
      if (failing.has_good && at->second <= failing.good) return;
      failing.has_good = true;
      failing.good = at->second;
    };
    for (const KnownPass& good : test.goods) take(good.commit);
    for (const auto& [commit, counts] : test.facts) {
      if (counts.passes > 0) take(commit);
    }
  }

  void find_goods() {
    for (auto& [id, failing] : failing_) {
      if (!failing.confirmed || failing.repair) continue;
      const auto& goods = memory(id).goods;
      failing.passed_here = std::any_of(
          goods.begin(), goods.end(),
          [&](const KnownPass& good) { return good.commit == report_.head; });
      if (!failing.passed_here) place_good(id, failing);
    }
    step_back();
    control();
    look_at_reverts();
    control();
  }

  /// What was broken, reverted and broken again has two places where it begins;
  /// the later one is what breaks HEAD.
  void look_at_reverts() {
    std::map<std::size_t, std::vector<std::string>> asked;
    for (const auto& [id, failing] : failing_) {
      if (!failing.confirmed || !failing.has_good || failing.repair) continue;
      const auto revert = newest_that_begins("Revert \"", failing.good);
      if (!revert || *revert == head_) continue;
      const TestCounts seen = counts(id, *revert);
      if (seen.passes + seen.failures + seen.untold == 0) {
        asked[*revert].push_back(id);
      }
    }
    for (const auto& [place, ids] : asked) {
      say(fmt::format("trying {} at {}, a revert", named(ids),
                      commit(place).substr(0, 10)));
      ask(place, ids);
    }
    for (auto& [id, failing] : failing_) {
      const bool wants =
          failing.confirmed && !failing.repair && !failing.passed_here;
      if (wants) place_good(id, failing);
    }
  }

  /// By doubling steps, for tests without a known good.
  void step_back() {
    const auto lost = [&] {
      return those([&](const std::string&, const Failing& test) {
        return test.confirmed && !test.has_good && !test.passed_here;
      });
    };
    if (lost().empty()) return;
    const std::size_t reach = head_ - std::min(input_.oldest, head_);
    report_.no_known_good_within =
        fmt::format("{} commit{}", reach, reach == 1 ? "" : "s");
    if (reach == 0) return;
    for (std::size_t step = 1;; step *= 2) {
      const std::size_t place = head_ - std::min(step, head_ - input_.oldest);
      auto ids = lost();
      if (ids.empty()) return;
      std::erase_if(ids, [&](const std::string& id) {
        const TestCounts seen = counts(id, place);
        return seen.passes + seen.failures + seen.untold > 0;
      });
      if (!ids.empty()) {
        say(fmt::format("no known good of {}: trying {}, {} back", named(ids),
                        commit(place).substr(0, 10), head_ - place));
        ask(place, ids);
      }
      for (auto& [id, failing] : failing_) {
        const bool wants = failing.confirmed && !failing.repair;
        if (wants && !failing.passed_here) place_good(id, failing);
      }
      if (place == input_.oldest) return;
    }
  }

  /// Whether a known good of an earlier night still is good: else the world
  /// around it changed, and no commit is guilty.
  void control() {
    for (;;) {
      std::optional<std::size_t> place;
      const auto needs = [&](const std::string& id, const Failing& test) {
        if (!test.confirmed || !test.has_good || test.repair) return false;
        const TestCounts seen = counts(id, test.good);
        return seen.passes == 0 && seen.failures < kConfirmed &&
               seen.untold == 0;
      };
      for (const auto& [id, failing] : failing_) {
        if (!needs(id, failing)) continue;
        if (!place || failing.good == standing_) place = failing.good;
      }
      if (!place) return;
      const auto ids = those([&](const std::string& id, const Failing& test) {
        return needs(id, test) && test.good == *place;
      });
      say(fmt::format("checking that {} still pass{} at {}, known good",
                      named(ids), ids.size() == 1 ? "es" : "",
                      commit(*place).substr(0, 10)));
      ask(*place, ids);
    }
  }

  /// The search of all that is confirmed, from the facts alone.
  struct Searched {
    std::vector<std::string> ids;
    ManySearch search;
  };
  Searched searched() const {
    std::vector<std::string> ids;
    std::vector<ManyTest> tests;
    for (const auto& [id, failing] : failing_) {
      if (!failing.confirmed || !failing.has_good) continue;
      ids.push_back(id);
      tests.push_back({failing.good, head_, 0});
    }
    ManyOptions options;
    options.build_seconds = std::max(build_seconds_, 1e-3);
    ManySearch search(input_.line.size(), std::move(tests), options);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool repair = failing_.at(ids[i]).repair;
      const auto test = state_.tests.find(ids[i]);
      if (test == state_.tests.end()) continue;
      for (const auto& [commit, fact] : test->second.facts) {
        const auto at = place_of_.find(commit);
        if (at == place_of_.end()) continue;
        const auto add = [&](unsigned count, Told told) {
          for (unsigned k = 0; k < count; ++k) {
            search.record(i, at->second, told);
          }
        };
        add(fact.passes, repair ? Told::failed : Told::passed);
        add(fact.failures, repair ? Told::passed : Told::failed);
        add(fact.untold, Told::nothing);
      }
    }
    return {std::move(ids), std::move(search)};
  }

  void search() {
    for (;;) {
      const Searched now = searched();
      const auto probe = now.search.next(standing_);
      if (!probe) return;
      std::vector<std::string> ids;
      for (const std::size_t i : probe->tests) ids.push_back(now.ids[i]);
      say(fmt::format("{} {} at {}; about {} builds left",
                      probe->proof ? "proving" : "trying", named(ids),
                      commit(probe->place).substr(0, 10),
                      now.search.builds_left()));
      ask(probe->place, ids);
    }
  }

  // --- the end

  [[nodiscard]] bool done() const {
    return !out_of_budget_ && report_.infra.empty();
  }

  NightTest test_of(const std::string& id) const {
    NightTest test;
    test.id = id;
    const auto red = state_.night.red.find(id);
    if (red != state_.night.red.end()) test.message = red->second;
    const auto known = state_.tests.find(id);
    if (known != state_.tests.end()) {
      test.flaked = known->second.flaked;
      test.confirmed = known->second.confirmed;
    }
    return test;
  }

  void conclude() {
    const Searched now = searched();
    report_.builds_left = now.search.builds_left();
    report_.seconds_left = static_cast<double>(report_.builds_left) *
                           (build_seconds_ + suite_seconds_);
    for (const auto& [id, failing] : failing_) {
      // Once a night: one that was stopped counts it when it goes on.
      if (done() && failing.confirmed && !failing.repair) {
        ++memory(id).confirmed;
      }
    }
    std::set<std::string> told;
    for (std::size_t i = 0; i < now.ids.size(); ++i) {
      told.insert(now.ids[i]);
      conclude(now.ids[i], now.search.range(i));
    }
    for (const auto& [id, failing] : failing_) {
      if (told.count(id) > 0) continue;
      if (failing.passed_here) {
        if (done()) memory(id).facts.clear();
        report_.drift.push_back(test_of(id));
      } else if (!done()) {
        open_for({}, id).tests.push_back(test_of(id));
      } else if (!failing.confirmed) {
        report_.unrepeated.push_back(test_of(id));
      } else {
        report_.no_good.push_back(test_of(id));
      }
    }
    for (auto& [key, finding] : found_) {
      (std::get<0>(key) ? report_.repaired : report_.broken)
          .push_back(std::move(finding));
    }
    for (auto& [key, open] : open_) {
      report_.unfinished.push_back(std::move(open));
    }
    for (const std::string& id : state_.night.flaky) {
      report_.flaky.push_back(test_of(id));
    }
    if (done()) {
      for (const std::string& id : report_.repaired_unsearched) end_repair(id);
    }
    decide();
    // One without the means to go on is not done: the next call goes on.
    state_.night.done = done();
    std::erase_if(state_.tests, [&](const auto& test) {
      return input_.now - test.second.last_seen > kForgotten;
    });
    save();
  }

  /// What is to be told of one test whose known good is known.
  void conclude(const std::string& id, const ManyRange& range) {
    using State = ManyRange::State;
    const bool repair = failing_.at(id).repair;
    NightTest test = test_of(id);
    test.flaky = range.flaky;
    // Of a repair, the search knows passing as what begins at `bad`.
    test.failures = repair ? range.passes : range.failures;
    test.passes = repair ? range.failures : range.passes;
    if (range.state == State::proved) {
      auto& finding = found_[{repair, range.good, range.bad}];
      finding.good = commit(range.good);
      if (finding.commits.empty()) {
        for (std::size_t p = range.good + 1; p <= range.bad; ++p) {
          finding.commits.push_back(commit(p));
        }
      }
      finding.tests.push_back(std::move(test));
      repair ? end_repair(id) : begin_broken(id, range);
    } else if (repair) {
      // Or it fails now and then, so that nothing repaired it.
      report_.repaired_unsearched.push_back(id);
    } else if (range.state == State::drift || range.state == State::unsure) {
      test.flaky = range.state == State::unsure;
      if (done()) {
        memory(id).facts.clear();  // of a world that may change back
        if (test.flaky) test.flaked = ++memory(id).flaked;
      }
      unsure_ = unsure_ || test.flaky;
      (test.flaky ? report_.flaky : report_.drift).push_back(std::move(test));
    } else {
      open_for(range, id).tests.push_back(std::move(test));
    }
  }

  /// The entry of `unfinished` for a test with this range; none = no good yet.
  NightOpen& open_for(const std::optional<ManyRange>& range,
                      const std::string& id) {
    const std::size_t bad = range ? range->bad : lowest_bad(id);
    NightOpen& open = open_[{range.has_value(), range ? range->good : 0, bad}];
    open.bad = commit(bad);
    if (range) {
      open.good = commit(range->good);
      open.commits = range->bad - range->good;
      open.searched = range->state == ManyRange::State::unproved;
    }
    return open;
  }

  std::size_t lowest_bad(const std::string& id) const {
    std::size_t lowest = head_;
    for (const auto& [commit, fact] : state_.tests.at(id).facts) {
      const auto at = place_of_.find(commit);
      if (at == place_of_.end() || fact.failures == 0) continue;
      lowest = std::min(lowest, at->second);
    }
    return lowest;
  }

  void decide() {
    using Outcome = NightReport::Outcome;
    const bool red = !report_.broken.empty() || !report_.still.empty() ||
                     !report_.drift.empty() || !report_.no_good.empty() ||
                     !report_.unrepeated.empty() || !report_.unfinished.empty();
    const bool confirmed =
        !report_.still.empty() || !report_.broken.empty() ||
        std::any_of(failing_.begin(), failing_.end(), [](const auto& failing) {
          return failing.second.confirmed && !failing.second.repair;
        });
    // Something has to pass; a suite that skips everything judges nothing.
    const auto& flaky = state_.night.flaky;
    const bool any = state_.night.passed > 0 ||
                     std::any_of(flaky.begin(), flaky.end(), is_test);
    if (out_of_budget_ && !is_judged()) {
      report_.outcome = Outcome::budget;
    } else if (!report_.infra.empty() && !confirmed) {
      report_.outcome = Outcome::no_verdict;
    } else if (red || unsure_) {
      report_.outcome = out_of_budget_ ? Outcome::budget : Outcome::red;
    } else {
      report_.outcome =
          state_.night.whole && any ? Outcome::green : Outcome::no_verdict;
      if (state_.night.whole && !any && report_.unjudged.empty()) {
        report_.unjudged = "no test of it ran";
      }
    }
  }

  void begin_broken(const std::string& id, const ManyRange& range) {
    TestMemory& test = memory(id);
    BrokenSince since = test.since.value_or(BrokenSince{});
    if (!test.since) {
      since.first_night = input_.now;
    } else if (is_other_night(since)) {
      ++since.nights;
    }
    since.last_night = input_.now;
    since.last_commit = report_.head;
    if (range.bad == range.good + 1) {
      since.culprit = commit(range.bad);
      if (input_.subject_of) since.subject = input_.subject_of(since.culprit);
      // Only who knows the culprit needs no verdicts any more.
      test.facts.clear();
    }
    test.since = std::move(since);
  }

  bool is_other_night(const BrokenSince& since) const {
    return since.last_commit != report_.head ||
           input_.now - since.last_night >= kDay / 2;
  }

  void end_repair(const std::string& id) {
    TestMemory& test = memory(id);
    test.since.reset();
    test.facts.clear();
  }

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

}  // namespace

NightReport work_a_night(const NightInput& input, NightState& state,
                         SuiteJudge& judge) {
  return Night(input, state, judge).work();
}

}  // namespace rung
