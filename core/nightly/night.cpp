#include "core/nightly/night_steps.hpp"

#include <set>

#include "core/text/short_id.hpp"

namespace rung {
namespace {

/// Commits in one night at which everything is killed: then it is the machine.
constexpr int kSick = 3;

}  // namespace

NightReport Night::work() {
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

SuiteRun Night::run(std::size_t place, const std::vector<std::string>& tests) {
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
    if (tries > 0 && ran.killed && place != head_ && ++killed_places_ < kSick) {
      // It may be this commit that dies so; the night goes on without it.
      note_once(fmt::format("{} cannot be judged: {}", short_id(commit(place)),
                            *ran.infra));
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

void Night::note_once(const std::string& note) {
  auto& notes = report_.notes;
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) {
    notes.push_back(note);
  }
}

void Night::ask(std::size_t place, std::vector<std::string> tests, bool fresh) {
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
    if (judge_.alone_differs() && confirming_ && !fresh && !failing.confirmed &&
        !failing.repair && !ran.tests.empty() && (passes || !judged) &&
        fact.passes == 0 && fact.failures >= kFresh) {
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

std::optional<TestVerdict> Night::verdict_in(const SuiteRun& ran,
                                             const std::string& id) const {
  const auto ran_here = [&](const std::string& test) {
    const auto at = ran.tests.find(test);
    return at != ran.tests.end() && at->second.verdict != TestVerdict::skipped;
  };
  if (ran_here(id)) return ran.tests.at(id).verdict;
  const auto test = state_.tests.find(id);
  if (test == state_.tests.end() || ran.tests.count(id) > 0) return {};
  const auto& hides = test->second.hides;
  if (!std::any_of(hides.begin(), hides.end(), ran_here)) return {};
  return TestVerdict::passed;
}

void Night::begin() {
  LastNight& night = state_.night;
  report_.first_night =
      std::all_of(state_.tests.begin(), state_.tests.end(),
                  [](const auto& test) { return test.second.last_seen == 0; });
  report_.resumed = !night.done && night.head == report_.head;
  if (report_.resumed) return;
  before_ = night.begun;
  night = {};
  night.head = report_.head;
  night.begun = input_.now;
  night.done = false;
}

NightReport work_a_night(const NightInput& input, NightState& state,
                         SuiteJudge& judge) {
  return Night(input, state, judge).work();
}

}  // namespace rung
