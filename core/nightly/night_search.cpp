#include "core/nightly/night_steps.hpp"

#include "core/text/counted.hpp"
#include "core/text/short_id.hpp"

namespace rung {

void Night::place_good(const std::string& id, Failing& failing) {
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

void Night::find_goods() {
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

void Night::look_at_reverts() {
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
                    short_id(commit(place))));
    ask(place, ids);
  }
  for (auto& [id, failing] : failing_) {
    const bool wants =
        failing.confirmed && !failing.repair && !failing.passed_here;
    if (wants) place_good(id, failing);
  }
}

void Night::step_back() {
  const auto lost = [&] {
    return those([&](const std::string&, const Failing& test) {
      return test.confirmed && !test.has_good && !test.passed_here;
    });
  };
  if (lost().empty()) return;
  const std::size_t reach = head_ - std::min(input_.oldest, head_);
  report_.no_known_good_within = counted(reach, "commit");
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
                      short_id(commit(place)), head_ - place));
      ask(place, ids);
    }
    for (auto& [id, failing] : failing_) {
      const bool wants = failing.confirmed && !failing.repair;
      if (wants && !failing.passed_here) place_good(id, failing);
    }
    if (place == input_.oldest) return;
  }
}

void Night::control() {
  for (;;) {
    std::optional<std::size_t> place;
    const auto needs = [&](const std::string& id, const Failing& test) {
      if (!test.confirmed || !test.has_good || test.repair) return false;
      const TestCounts seen = counts(id, test.good);
      return seen.passes == 0 && seen.failures < kConfirmedTwice &&
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
                    short_id(commit(*place))));
    ask(*place, ids);
  }
}

Night::Searched Night::searched() const {
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

void Night::search() {
  for (;;) {
    const Searched now = searched();
    const auto probe = now.search.next(standing_);
    if (!probe) return;
    std::vector<std::string> ids;
    for (const std::size_t i : probe->tests) ids.push_back(now.ids[i]);
    say(fmt::format("{} {} at {}; about {} builds left",
                    probe->proof ? "proving" : "trying", named(ids),
                    short_id(commit(probe->place)), now.search.builds_left()));
    ask(probe->place, ids);
  }
}

}  // namespace rung
