#include "core/nightly/night_steps.hpp"

#include <set>

namespace rung {
namespace {

/// A test that no report has named for so long is forgotten.
constexpr std::int64_t kForgotten = 90LL * 24 * 3600;
constexpr std::int64_t kDay = 24LL * 3600;

}  // namespace

NightTest Night::test_of(const std::string& id) const {
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

void Night::conclude() {
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

void Night::conclude(const std::string& id, const ManyRange& range) {
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

NightOpen& Night::open_for(const std::optional<ManyRange>& range,
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

std::size_t Night::lowest_bad(const std::string& id) const {
  std::size_t lowest = head_;
  for (const auto& [commit, fact] : state_.tests.at(id).facts) {
    const auto at = place_of_.find(commit);
    if (at == place_of_.end() || fact.failures == 0) continue;
    lowest = std::min(lowest, at->second);
  }
  return lowest;
}

void Night::decide() {
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

void Night::begin_broken(const std::string& id, const ManyRange& range) {
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

bool Night::is_other_night(const BrokenSince& since) const {
  return since.last_commit != report_.head ||
         input_.now - since.last_night >= kDay / 2;
}

void Night::end_repair(const std::string& id) {
  TestMemory& test = memory(id);
  test.since.reset();
  test.facts.clear();
}

}  // namespace rung
