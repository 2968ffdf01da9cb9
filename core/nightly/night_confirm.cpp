#include "core/nightly/night_steps.hpp"

#include "core/text/short_id.hpp"

namespace rung {

void Night::find_hidden(const std::string& id) {
  TestMemory& test = memory(id);
  if (!is_test(id) || !test.goods.empty() || !test.hides.empty()) return;
  if (!judge_.alone_differs()) return;  // each is asked by its name
  const std::string name = name_in_id(id, test.group_size);
  for (const std::string& other : state_.night.missing) {
    const TestMemory& gone = memory(other);
    if (!gone.since || name_in_id(other, gone.group_size) != name) continue;
    // The test's file was renamed, not its fault.
    test.since = gone.since;
    test.goods = gone.goods;
    note_once(fmt::format("{} is taken for {}, which was broken and is gone",
                          id, other));
    return;
  }
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
  const bool one_was_broken = std::any_of(
      test.hides.begin(), test.hides.end(), [&](const std::string& other) {
        return !begins(other) && memory(other).since;
      });
  if (one_was_broken) {
    // It may be that one, under another name.
    test.hides.clear();
    return;
  }
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

void Night::judge_head() {
  // A build that fails once and then passes has hidden the suite.
  constexpr int kOften = 3;
  for (int tries = 0; tries < kOften; ++tries) {
    const bool known = tries == 0 && report_.resumed && is_judged();
    if (!known) {
      say(fmt::format("judging {} (HEAD)", short_id(report_.head)));
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

void Night::work_on_red() {
  for (const auto& [id, message] : state_.night.red) {
    if (is_told(memory(id)) || is_flaky(id)) continue;
    find_hidden(id);
    if (is_told(memory(id))) continue;
    failing_.try_emplace(id);
  }
}

bool Night::is_told(const TestMemory& test) const {
  if (!test.since || test.since->culprit.empty()) return false;
  const auto at = place_of_.find(test.since->culprit);
  if (at == place_of_.end()) return false;
  const std::string revert = "Revert \"" + test.since->subject;
  return !newest_that_begins(revert, at->second);
}

std::optional<std::size_t> Night::newest_that_begins(const std::string& words,
                                                     std::size_t place) const {
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

void Night::remember_head(const SuiteRun& ran) {
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

void Night::still_broken(const std::string& id, const std::string& message) {
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

void Night::look_for_repairs() {
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

void Night::confirm() {
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

bool Night::is_confirmed(const std::string& id) const {
  const TestMemory& test = state_.tests.at(id);
  const bool passed_here = std::any_of(
      test.goods.begin(), test.goods.end(),
      [&](const KnownPass& good) { return good.commit == report_.head; });
  const unsigned needed =
      test.flaked > 0 || passed_here ? kConfirmedTwice : kConfirmed;
  return std::any_of(
      test.facts.begin(), test.facts.end(), [&](const auto& fact) {
        return fact.second.passes == 0 && fact.second.failures >= needed;
      });
}

}  // namespace rung
