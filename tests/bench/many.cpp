#include <random>
#include <set>

#include "tests/bench/bench.hpp"
#include "tests/fakes/suite_world.hpp"

namespace rung::bench {
namespace {

constexpr std::size_t kCommits = 1024;
constexpr int kTests = 50;

std::string name_of(int test) {
  return fmt::format("t{:02}", test);
}

/// The known good, and then the commits among which the culprits are.
struct BrokenNight {
  fakes::SuiteWorld world;
  NightState state;
  std::set<std::size_t> culprits;

  BrokenNight(int kinds, double flaky, std::mt19937_64& random)
      : world(kCommits + 1, random()) {
    while (culprits.size() < static_cast<std::size_t>(kinds)) {
      culprits.insert(1 + random() % kCommits);
    }
    const std::vector<std::size_t> list(culprits.begin(), culprits.end());
    for (int i = 0; i < kTests; ++i) {
      fakes::WorldTest test;
      // Each culprit breaks at least one.
      test.breaks = list[i < kinds ? static_cast<std::size_t>(i)
                                   : random() % list.size()];
      if (std::bernoulli_distribution(flaky)(random)) test.lies = 0.1;
      world.tests[name_of(i)] = test;
      add_good(state.tests[name_of(i)], {world.line.front(), 1});
    }
  }
};

struct Counted {
  Sample builds, runs;
  unsigned wrong = 0, named = 0, unnamed = 0;
};

Counted nights(int count, int kinds, double flaky, bool all_broken) {
  std::mt19937_64 random(20'261'130 + other_worlds);
  Counted counted;
  for (int i = 0; i < count; ++i) {
    const int now = kinds > 0 ? kinds : 1 + static_cast<int>(random() % 5);
    BrokenNight night(now, flaky, random);
    if (!all_broken) {
      // Half of the tests are sound; the flaky ones among them lie.
      for (int k = now; k < kTests; k += 2) {
        night.world.tests[name_of(k)].breaks = SIZE_MAX;
      }
    }
    const NightReport report =
        work_a_night(night.world.input(), night.state, night.world);
    unsigned right = 0, wrong = 0;
    for (const NightFinding& finding : report.broken) {
      for (const NightTest& test : finding.tests) {
        const std::size_t place = night.world.tests[test.id].breaks;
        const bool is_right = place < night.world.line.size() &&
                              finding.commits.size() == 1 &&
                              finding.commits[0] == night.world.line[place];
        (is_right ? right : wrong) += 1;
      }
    }
    unsigned broken = 0;
    for (const auto& [id, test] : night.world.tests) {
      broken += test.breaks != SIZE_MAX;
    }
    counted.wrong += wrong;
    counted.named += right;
    counted.unnamed += broken - right;
    counted.builds.add(night.world.builds, right == broken && wrong == 0);
    counted.runs.add(night.world.runs);
  }
  return counted;
}

}  // namespace

void many(int trials) {
  for (const int kinds : {1, 2, 5}) {
    const Counted counted = nights(trials, kinds, 0, true);
    std::size_t search = 0;
    for (std::size_t level = 0; level < 10; ++level) {
      search += std::min<std::size_t>(std::size_t{1} << level,
                                      static_cast<std::size_t>(kinds));
    }
    row(fmt::format("{} tests, {} culprits, 1,024 commits, builds", kTests,
                    kinds),
        counted.builds,
        fmt::format("{}", search + 2 + 2 * static_cast<std::size_t>(kinds)),
        fmt::format("search {} + 2 controls + 2 of proof each; test by test "
                    "{}; runs {:.1f}",
                    search, kTests * 14, counted.runs.mean()));
  }
  const Counted flaky = nights(trials, 0, 0.05, false);
  row("1 to 5 culprits, half sound, 5 % fail in 10 %, builds", flaky.builds, "",
      fmt::format("accused wrongly {} in {} nights; named {}, not named {}",
                  flaky.wrong, trials, flaky.named, flaky.unnamed));
}

}  // namespace rung::bench
