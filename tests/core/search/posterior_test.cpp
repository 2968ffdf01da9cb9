#include "core/search/posterior.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "core/search/choice.hpp"
#include "core/search/weights.hpp"
#include "tests/fakes/search_world.hpp"

namespace rung::posterior_test {
namespace {

using fakes::bad;
using fakes::breaks_from;
using fakes::breaks_with;
using fakes::good;
using fakes::has_commit;
using fakes::lying;
using fakes::play;
using fakes::skip;
using Outcome = Answer::Outcome;

SearchOptions behind_flaky_gate(double confidence = Noise{}.confidence) {
  SearchOptions options;
  options.noise = Noise{};
  options.noise->confidence = confidence;
  return options;
}

}  // namespace

TEST_CASE("Belief follows Bayes, in a line and in merged history alike",
          "[core][posterior]") {
  std::mt19937_64 random(21);
  for (int trial = 0; trial < 40; ++trial) {
    const auto n = 2 + static_cast<std::uint32_t>(random() % 12);
    const bool linear = trial % 2 == 0;
    const auto history =
        linear ? fakes::linear(n) : fakes::random_history(n, 0.4, random);
    const auto reach = fakes::reachability(history);
    std::vector<double> prior;
    for (std::uint32_t c = 0; c < n; ++c) {
      prior.push_back(1 + static_cast<double>(random() % 5));
    }
    const double none = 2;
    const std::vector<RatePoint> rates{{{0.1, 0.05}, 0.5, 0.5},
                                       {{0.3, 0.2}, 0.5, 0.5}};
    std::vector<Tally> tallies;
    for (std::uint32_t c = 0; c < n; ++c) {
      if (random() % 2) continue;
      tallies.push_back({c, static_cast<std::uint32_t>(random() % 3),
                         static_cast<std::uint32_t>(random() % 3)});
    }
    Below below;
    if (!linear) {
      below = [&](std::uint32_t i) {
        std::vector<std::uint8_t> flags(n);
        for (std::uint32_t c = 0; c < n; ++c) flags[c] = reach[i][c];
        return flags;
      };
    }
    const Posterior belief(prior, none, rates, tallies, below);
    // By the definition.
    std::vector<double> expected(n + 1, 0);
    for (const auto& [rate, p, unused] : rates) {
      for (std::uint32_t c = 0; c <= n; ++c) {
        double likelihood = p * (c < n ? prior[c] : none);
        for (const auto& tally : tallies) {
          const bool broken = c < n && reach[tally.candidate][c];
          const double fails =
              broken ? 1 - rate.pass_when_broken : rate.fail_when_sound;
          likelihood *=
              std::pow(fails, tally.fails) * std::pow(1 - fails, tally.passes);
        }
        expected[c] += likelihood;
      }
    }
    const double all = std::accumulate(expected.begin(), expected.end(), 0.0);
    CAPTURE(trial, n);
    for (std::uint32_t c = 0; c < n; ++c) {
      CHECK(belief.probability(c) == Approx(expected[c] / all));
    }
    CHECK(belief.none() == Approx(expected[n] / all));
  }
}

TEST_CASE("Information is what a probe is expected to tell",
          "[core][posterior]") {
  const std::vector<double> prior(8, 1);
  const std::vector<RatePoint> exact{{{0, 0}, 1, 1}};
  const Posterior sure(prior, 0, exact, {}, {});
  const auto bits = sure.information({});
  CHECK(bits[3] == Approx(1).margin(1e-3));
  CHECK(bits[7] == Approx(0).margin(1e-3));
  const std::vector<RatePoint> half{{{0.5, 0.5}, 1, 1}};
  const Posterior blind(prior, 0, half, {}, {});
  CHECK(blind.information({})[3] == Approx(0).margin(1e-9));
}

TEST_CASE("Who distrusts a gate takes it for worse than it is on the whole",
          "[core][posterior]") {
  const auto mean = [](const std::vector<RatePoint>& rates) {
    double all = 0;
    GateRates sum;
    for (const auto& [rate, p, unused] : rates) {
      all += p;
      sum.pass_when_broken += p * rate.pass_when_broken;
      sum.fail_when_sound += p * rate.fail_when_sound;
    }
    CHECK(all == Approx(1));
    return sum;
  };
  Noise noise;
  const auto trusted = mean(rate_prior(noise));
  const auto doubted = mean(distrusted(rate_prior(noise)));
  CHECK(doubted.pass_when_broken > 1.5 * trusted.pass_when_broken);
  CHECK(doubted.fail_when_sound > 1.5 * trusted.fail_when_sound);
  noise.healthy_passes = 20;  // what is on record counts for both
  CHECK(mean(rate_prior(noise)).fail_when_sound < trusted.fail_when_sound);
  CHECK(mean(distrusted(rate_prior(noise))).fail_when_sound <
        doubted.fail_when_sound);
  noise.known = GateRates{0.2, 0.1};  // nothing is left to doubt
  const auto known = mean(distrusted(rate_prior(noise)));
  CHECK(known.pass_when_broken == Approx(0.2));
  CHECK(known.fail_when_sound == Approx(0.1));
}

TEST_CASE("A flaky gate does not lead to the wrong commit",
          "[core][posterior]") {
  // A service that fails its health check a quarter of the time when good.
  const auto history = fakes::linear(256);
  unsigned right = 0;
  double probes = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    const auto culprit = static_cast<std::uint32_t>(random() % 256);
    const auto options = behind_flaky_gate(0.999);
    const auto world = lying(breaks_from(culprit), {0, 0.25}, random);
    const auto run = play({&history, 0, {}}, world, options);
    right += run.answer.outcome == Outcome::culprit &&
             run.answer.findings.at(0).culprit ==
                 std::vector{DeltaRef{true, culprit}};
    CHECK(run.answer.confidence > 0.99);
    probes += run.total;
  }
  CHECK(right == 50);
  CHECK(probes / 50 < 60);
}

TEST_CASE("In merged history a flaky gate is seen through too",
          "[core][posterior]") {
  unsigned right = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random(seed);
    const auto history = fakes::random_history(60, 0.3, random);
    const auto reach = fakes::reachability(history);
    std::uint32_t culprit = 0;
    do {
      culprit = static_cast<std::uint32_t>(random() % 60);
    } while (!reach[59][culprit]);
    const auto options = behind_flaky_gate(0.99);
    const auto world = lying(
        [&](const Point& point) {
          return point.commit != Point::kGoodCommit &&
                         reach[point.commit][culprit]
                     ? bad()
                     : good();
        },
        {0.1, 0.1}, random);
    const auto run = play({&history, 0, {}}, world, options);
    right += run.answer.outcome == Outcome::culprit &&
             run.answer.findings.at(0).culprit ==
                 std::vector{DeltaRef{true, culprit}};
  }
  CHECK(right >= 28);
}

TEST_CASE("While an accusation is proved the accused is told",
          "[core][posterior]") {
  const auto history = fakes::linear(64);
  unsigned proving = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto culprit = static_cast<std::uint32_t>(random() % 64);
    auto options = behind_flaky_gate();
    const auto world = lying(breaks_from(culprit), {0.1, 0.1}, random);
    Search search({&history, 0, {}}, options);
    while (!search.finished()) {
      for (const auto& [point, purpose] : search.next()) {
        const auto so_far = search.answer();
        CAPTURE(seed, static_cast<int>(purpose));
        CHECK(so_far.outcome == Outcome::suspects);
        CHECK_FALSE(so_far.suspects.empty());
        CHECK(search.left().candidates > 0);
        if (purpose == Purpose::alone || purpose == Purpose::without) {
          ++proving;
          REQUIRE(so_far.probabilities.size() == so_far.suspects.size());
          CHECK(so_far.probabilities.front() > 0.9);
        }
        search.record(point, world(point));
      }
    }
  }
  CHECK(proving > 20);
}

TEST_CASE("When nothing broke nobody is accused", "[core][posterior]") {
  const auto history = fakes::linear(200);
  unsigned accused = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    auto options = behind_flaky_gate();
    const double rate = seed % 3 == 0 ? 0.3 : 0.1;
    const auto world =
        lying([](const Point&) { return good(); }, {rate, rate}, random);
    const auto run = play({&history, 4, {}}, world, options);
    accused += run.answer.outcome == Outcome::culprit;
    CHECK(run.total < 600);
  }
  CHECK(accused == 0);
}

TEST_CASE("Deltas that break together are found behind a flaky gate",
          "[core][posterior]") {
  const auto history = fakes::linear(30);
  unsigned right = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    const auto a = static_cast<std::uint32_t>(random() % 20);
    const auto c = static_cast<std::uint32_t>(random() % 30);
    const bool both = seed % 2 == 0;
    const auto options = behind_flaky_gate(0.99);
    const auto world = lying(
        [&](const Point& point) {
          const bool fails =
              std::binary_search(point.on.begin(), point.on.end(), a) &&
              (!both || has_commit(point, c));
          return fails ? bad() : good();
        },
        {0.1, 0.05}, random);
    const auto run = play({&history, 20, {}}, world, options);
    std::vector<DeltaRef> expected{{false, a}};
    if (both) expected.push_back({true, c});
    right += run.answer.outcome == Outcome::culprit &&
             run.answer.findings.size() == 1 &&
             run.answer.findings[0].culprit == expected;
  }
  CHECK(right >= 38);
}

TEST_CASE("A place taken for broken is asked again when none of its parts is",
          "[core][posterior]") {
  // In this world 0 to 204 fail three times by the gate's fault alone, and
  // pass whenever one of them is left out: for all that is seen, each of them
  // is needed.
  std::mt19937_64 random(231);
  std::set<std::uint32_t> needed;
  while (needed.size() < 2) {
    needed.insert(static_cast<std::uint32_t>(random() % 256));
  }
  REQUIRE(needed == std::set<std::uint32_t>{1, 205});
  const auto world = lying(breaks_with(needed), {0.1, 0.1}, random);
  auto options = behind_flaky_gate(0.97);
  options.noise->known = GateRates{0.1, 0.1};
  const auto run = play({nullptr, 256, {}}, world, options);
  REQUIRE(run.answer.outcome == Outcome::culprit);
  CHECK(run.answer.findings.at(0).culprit ==
        std::vector{DeltaRef{false, 1}, DeltaRef{false, 205}});
  CHECK(run.total < 200);
}

TEST_CASE("A noisy search ends whatever it is told", "[core][posterior]") {
  // Verdicts without any sense, places that cannot be judged, gates that tell
  // nothing: each has an end.
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    std::mt19937_64 random(seed);
    const auto commits = static_cast<std::uint32_t>(random() % 12);
    const auto history =
        commits > 0 ? fakes::random_history(commits, 0.2, random) : CommitGraph{};
    const auto deltas = static_cast<std::uint32_t>(
        commits > 0 ? random() % 5 : 1 + random() % 5);
    auto options = behind_flaky_gate();
    if (seed % 3 == 0) options.noise->known = GateRates{0.5, 0.5};
    if (seed % 3 == 1) options.noise->known = GateRates{0, 0};
    const auto skips = random() % 60;
    const auto fails = random() % 100;
    CAPTURE(seed, commits, deltas, skips, fails);
    std::map<Point, bool> untestable;
    const auto world = [&](const Point& point) {
      const auto [it, fresh] =
          untestable.try_emplace(point, random() % 100 < skips);
      if (it->second) return fakes::skip();
      return random() % 100 < fails ? bad() : good();
    };
    Search search({commits > 0 ? &history : nullptr, deltas, {}, {}}, options);
    unsigned probes = 0;
    while (!search.finished() && probes < 6'000) {
      const auto proposals = search.next();
      REQUIRE_FALSE(proposals.empty());
      for (const auto& [point, purpose] : proposals) {
        search.record(point, world(point));
        ++probes;
      }
    }
    CHECK(search.finished());
  }
}

TEST_CASE("A noisy search resumes to the same proposals", "[core][posterior]") {
  const auto history = fakes::linear(128);
  std::mt19937_64 random(3);
  auto options = behind_flaky_gate();
  const auto world = lying(
      [&](const Point& point) {
        return has_commit(point, 77) ? bad() : good();
      },
      {0.1, 0.1}, random);
  Search first({&history, 3, {}}, options);
  std::vector<std::pair<Point, Observation>> journal;
  while (!first.finished()) {
    Search second({&history, 3, {}}, options);
    for (const auto& [point, observation] : journal) {
      second.record(point, observation);
    }
    const auto one = first.next();
    const auto two = second.next();
    REQUIRE(one.size() == 1);
    REQUIRE(two.size() == 1);
    REQUIRE(one[0].point == two[0].point);
    const auto observation = world(one[0].point);
    journal.emplace_back(one[0].point, observation);
    first.record(one[0].point, observation);
  }
}

TEST_CASE("The next of several needed deltas is expected where it is likely",
          "[core][weights]") {
  const auto prior = company_prior(100, 1, 80);
  REQUIRE(prior.size() == 81);
  // The highest of the others: the further up the likelier.
  for (std::size_t j = 2; j < prior.size(); ++j)
    CHECK(prior[j] >= prior[j - 1]);
  CHECK(prior[0] > 0);
}

TEST_CASE("Risk is followed, and a wrong one costs two probes at most",
          "[core][weights]") {
  const std::uint32_t n = 256;
  const auto history = fakes::linear(n);
  double likely = 0;
  for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
    SearchInput input{&history, 0, {}};
    input.risk = [](const DeltaRef& delta) {
      return delta.index % 32 == 5 ? 100.0 : 1.0;
    };
    SearchOptions options;
    options.spare = 2;
    const auto run = play(input, breaks_from(culprit), options);
    REQUIRE(run.answer.findings.at(0).culprit ==
            std::vector{DeltaRef{true, culprit}});
    CHECK(run.probes.at(Purpose::search) <= 10);
    if (culprit % 32 == 5) likely += run.probes.at(Purpose::search);
  }
  CHECK(likely / 8 < 6);
}

}  // namespace rung::posterior_test
