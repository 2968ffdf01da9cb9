// Whole nights on simulated suites: what is told, what it costs, what is kept.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/nightly/night.hpp"
#include "tests/fakes/suite_world.hpp"

namespace rung::night_test {
namespace {

using fakes::SuiteWorld;
using fakes::WorldTest;
using Outcome = NightReport::Outcome;
constexpr std::int64_t kDay = 24 * 3600;

std::vector<std::string> ids(const std::vector<NightTest>& tests) {
  std::vector<std::string> names;
  for (const NightTest& test : tests) names.push_back(test.id);
  return names;
}

using Names = std::vector<std::string>;

/// Seven sound tests, known good at the head.
SuiteWorld sound_world(std::size_t commits, NightState& state,
                       std::uint64_t seed = 1) {
  SuiteWorld world(commits, seed);
  for (char c = 'a'; c <= 'g'; ++c) world.tests[std::string(1, c)] = {};
  const NightReport first = work_a_night(world.input(), state, world);
  CHECK(first.outcome == Outcome::green);
  CHECK(first.first_night);
  CHECK(first.passed == 7);
  return world;
}

}  // namespace

TEST_CASE("A green night makes each test's known good and builds once",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(50, state);
  CHECK(world.builds == 1);
  CHECK(state.tests.at("a").goods.back().commit == world.line.back());
  CHECK(state.night.done);
}

TEST_CASE("Tests that fell together are named with their one commit",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 64; ++i) world.add_commit();
  world.tests["b"].breaks = world.tests["d"].breaks = 31;
  world.tests["e"].breaks = 60;
  world.builds = 0;
  const NightReport report =
      work_a_night(world.input(1'000'000 + kDay), state, world);
  CHECK(report.outcome == Outcome::red);
  REQUIRE(report.broken.size() == 2);
  CHECK(report.broken[0].commits == Names{world.line[31]});
  CHECK(report.broken[0].good == world.line[30]);
  CHECK(ids(report.broken[0].tests) == Names{"b", "d"});
  CHECK(report.broken[0].tests[0].message == "b says no");
  CHECK(report.broken[0].tests[0].failures >= 6);
  CHECK(report.broken[0].tests[0].passes >= 4);
  CHECK(report.broken[1].commits == Names{world.line[60]});
  // HEAD, the known good, 6 levels for two culprits, two proofs.
  CHECK(world.builds <= 2 + 11 + 4);
  CHECK(report.builds == world.builds);
}

TEST_CASE("A failure that does not end is not searched again, then repaired",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 16; ++i) world.add_commit();
  world.tests["c"].breaks = 15;
  std::int64_t now = 1'000'000;
  CHECK(work_a_night(world.input(now += kDay), state, world).broken.size() ==
        1);
  for (unsigned night = 2; night <= 3; ++night) {
    world.add_commit();
    const unsigned before = world.builds;
    const NightReport report =
        work_a_night(world.input(now += kDay), state, world);
    CHECK(report.outcome == Outcome::red);
    CHECK(report.broken.empty());
    REQUIRE(report.still.size() == 1);
    CHECK(report.still[0].second.id == "c");
    CHECK(report.still[0].first.culprit == world.line[15]);
    CHECK(report.still[0].first.nights == night);
    CHECK(world.builds == before + 1);
  }
  for (int i = 0; i < 16; ++i) world.add_commit();
  const std::size_t repaired = world.head() - 5;
  world.tests["c"].repaired = repaired;
  const NightReport report =
      work_a_night(world.input(now += kDay), state, world);
  CHECK(report.outcome == Outcome::green);
  CHECK(report.still.empty());
  REQUIRE(report.repaired.size() == 1);
  CHECK(report.repaired[0].commits == Names{world.line[repaired]});
  CHECK(ids(report.repaired[0].tests) == Names{"c"});
  // And it is forgotten.
  world.add_commit();
  CHECK(work_a_night(world.input(now += kDay), state, world).repaired.empty());
}

TEST_CASE("A culprit that is not in this history is not told again",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 6; ++i) world.add_commit();
  world.tests["b"].breaks = 12;
  std::int64_t now = 1'000'000 + kDay;
  REQUIRE(work_a_night(world.input(now), state, world).broken.size() == 1);
  // The branch is rewritten: the same test breaks at another commit.
  state.tests.at("b").since->culprit = std::string(40, 'e');
  state.tests.at("b").since->last_commit = std::string(40, 'd');
  world.add_commit();
  const NightReport report =
      work_a_night(world.input(now += kDay), state, world);
  CHECK(report.still.empty());
  REQUIRE(report.broken.size() == 1);
  CHECK(report.broken[0].commits == Names{world.line[12]});
}

TEST_CASE("Of what broke, was reverted and broke again the later is named",
          "[core][night]") {
  for (const bool told_before : {false, true}) {
    CAPTURE(told_before);
    NightState state;
    SuiteWorld world = sound_world(10, state);
    for (int i = 0; i < 10; ++i) world.add_commit();
    WorldTest& test = world.tests["b"];
    std::int64_t now = 1'000'000 + kDay;
    std::size_t revert = 14;
    const auto night = [&] {
      NightInput input = world.input(now += kDay);
      input.subject_of = [&](const std::string& commit) -> std::string {
        if (commit == world.line[12]) return "faster";
        return revert < world.line.size() && commit == world.line[revert]
                   ? "Revert \"faster\""
                   : "a change";
      };
      return work_a_night(input, state, world);
    };
    test.breaks = 12;
    if (told_before) {
      revert = SIZE_MAX;
      REQUIRE(night().broken.size() == 1);
      for (int i = 0; i < 4; ++i) world.add_commit();
      revert = 21;
      test.repaired = 21;
      test.break_again(23);
    } else {
      test.repaired = 14;
      test.break_again(17);
    }
    const NightReport report = night();
    CHECK(report.still.empty());
    REQUIRE(report.broken.size() == 1);
    CHECK(report.broken[0].commits == Names{world.line[told_before ? 23 : 17]});
  }
}

TEST_CASE("A flaky test is told with its record and accuses nobody",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(40, state);
  world.tests["f"].lies = 0.5;
  std::int64_t now = 1'000'000;
  unsigned flaked = 0;
  for (int night = 0; night < 200; ++night) {
    world.add_commit();
    const NightReport report =
        work_a_night(world.input(now += kDay), state, world);
    CHECK(report.broken.empty());
    if (report.flaky.empty()) continue;
    ++flaked;
    CHECK(ids(report.flaky) == Names{"f"});
    CHECK(report.flaky[0].flaked >= 1);
  }
  CHECK(flaked > 50);
}

TEST_CASE("A test that mostly fails and passed once is hardly ever drift",
          "[core][night]") {
  // With four failures asked it would be one night of four.
  unsigned drift = 0;
  constexpr unsigned kNights = 200;
  for (unsigned seed = 0; seed < kNights; ++seed) {
    NightState state;
    SuiteWorld world = sound_world(3, state, seed + 1);
    world.tests["a"].lies = 0.7;
    if (seed % 2 == 0) world.add_commit();  // else HEAD itself passed
    const NightReport report =
        work_a_night(world.input(1'000'000 + kDay), state, world);
    CHECK(report.broken.empty());
    drift += report.drift.empty() ? 0 : 1;
  }
  CHECK(drift <= kNights / 10);
}

TEST_CASE("A suite of one flaky test is green", "[core][night]") {
  NightState state;
  SuiteWorld world(3);
  world.tests["a"] = {};
  world.tests["a"].fails_at = {world.head()};
  world.sound_after = 1;
  const NightReport report = work_a_night(world.input(), state, world);
  CHECK(report.outcome == Outcome::green);
  CHECK(ids(report.flaky) == Names{"a"});
}

TEST_CASE("What fails on its known good, too, is drift", "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 8; ++i) world.add_commit();
  world.tests["a"].drifted = world.tests["b"].drifted = true;
  world.tests["c"].breaks = 14;
  const NightReport report =
      work_a_night(world.input(1'000'000 + kDay), state, world);
  CHECK(report.outcome == Outcome::red);
  CHECK(ids(report.drift) == Names{"a", "b"});
  REQUIRE(report.broken.size() == 1);
  CHECK(report.broken[0].commits == Names{world.line[14]});
  CHECK(ids(report.broken[0].tests) == Names{"c"});
  // The world is as before.
  world.tests["a"].drifted = world.tests["b"].drifted = false;
  world.add_commit();
  const NightReport next =
      work_a_night(world.input(1'000'000 + 2 * kDay), state, world);
  CHECK(next.drift.empty());
  CHECK(next.still.size() == 1);
}

TEST_CASE("What passed on this very commit is drift, whatever others say",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 8; ++i) world.add_commit();
  REQUIRE(work_a_night(world.input(2'000'000), state, world).outcome ==
          Outcome::green);
  // Older commits do not meet what changed outside.
  world.tests["a"].breaks = 14;
  const unsigned before = world.builds;
  const NightReport report =
      work_a_night(world.input(2'000'000 + kDay), state, world);
  CHECK(report.outcome == Outcome::red);
  CHECK(ids(report.drift) == Names{"a"});
  CHECK(report.broken.empty());
  CHECK(world.builds == before);
}

TEST_CASE("A test that is gone is told once", "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  world.tests.erase("g");
  world.add_commit();
  CHECK(work_a_night(world.input(2'000'000), state, world).missing ==
        Names{"g"});
  world.add_commit();
  CHECK(work_a_night(world.input(3'000'000), state, world).missing.empty());
}

TEST_CASE("A first night without a known good steps back in doubles",
          "[core][night]") {
  NightState state;
  SuiteWorld world(200);
  world.tests["a"].breaks = 180;
  world.tests["never"].breaks = 0;
  world.tests["z"] = {};
  NightInput input = world.input();
  input.oldest = 100;
  const NightReport report = work_a_night(input, state, world);
  CHECK(report.outcome == Outcome::red);
  REQUIRE(report.broken.size() == 1);
  CHECK(report.broken[0].commits == Names{world.line[180]});
  CHECK(ids(report.no_good) == Names{"never"});
  CHECK(report.no_known_good_within == "99 commits");
  for (const auto& [place, asked] : world.asked_at) CHECK(place >= 100);
}

TEST_CASE("A build that fails hides the tests, and is searched itself",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 16; ++i) world.add_commit();
  world.tests["a"].breaks = 14;
  for (std::size_t i = 18; i <= world.head(); ++i) world.unbuildable.insert(i);
  std::int64_t now = 1'000'000;
  const NightReport report =
      work_a_night(world.input(now += kDay), state, world);
  REQUIRE(report.broken.size() == 1);
  CHECK(report.broken[0].commits == Names{world.line[18]});
  CHECK(ids(report.broken[0].tests) == Names{kBuildTest});
  // Once it builds, what it hid is found; places that do not build are skips.
  world.add_commit();
  const NightReport next = work_a_night(world.input(now += kDay), state, world);
  REQUIRE(next.broken.size() == 1);
  CHECK(next.broken[0].commits == Names{world.line[14]});
  REQUIRE(next.repaired.size() == 1);
  CHECK(next.repaired[0].commits == Names{world.line.back()});
}

TEST_CASE("Places that do not build leave suspects, never a guess",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 16; ++i) world.add_commit();
  world.tests["a"].breaks = 17;
  world.unbuildable = {15, 16, 17};
  const NightReport report =
      work_a_night(world.input(1'000'000 + kDay), state, world);
  REQUIRE(report.broken.size() == 1);
  CHECK(report.broken[0].commits ==
        Names{world.line[15], world.line[16], world.line[17], world.line[18]});
  // The next night costs HEAD alone: all of it is known.
  world.add_commit();
  const unsigned before = world.builds;
  const NightReport next =
      work_a_night(world.input(1'000'000 + 2 * kDay), state, world);
  CHECK(next.broken.size() == 1);
  CHECK(world.builds == before + 1);
}

TEST_CASE("A night killed at any moment goes on and asks nothing twice",
          "[core][night]") {
  const auto build_up = [](NightState& state) {
    SuiteWorld world = sound_world(10, state);
    for (int i = 0; i < 40; ++i) world.add_commit();
    world.tests["b"].breaks = 20;
    world.tests["e"].breaks = 41;
    return world;
  };
  NightState whole_state;
  SuiteWorld whole = build_up(whole_state);
  const unsigned begun = whole.runs;
  work_a_night(whole.input(2'000'000), whole_state, whole);
  const unsigned needed = whole.runs - begun;
  REQUIRE(needed > 10);
  for (unsigned after = 0; after <= needed; ++after) {
    CAPTURE(after);
    NightState state;
    SuiteWorld world = build_up(state);
    const unsigned first = world.runs;
    NightState kept = state;
    NightInput input = world.input(2'000'000);
    // What is kept went through a file.
    input.save = [&](const NightState& now) {
      kept = night_state_from(written(now, "x"), "x");
      CHECK(kept == now);
    };
    world.kill_after = first + after;
    try {
      work_a_night(input, state, world);
      CHECK(after == needed);
    } catch (const fakes::Killed&) {
      CHECK(after < needed);
    }
    world.kill_after.reset();
    if (after == needed) continue;  // done: it would be another night
    const NightReport report = work_a_night(input, kept, world);
    CHECK(world.runs - first == needed);
    REQUIRE(report.broken.size() == 2);
    CHECK(report.broken[0].commits == Names{world.line[20]});
    CHECK(report.broken[1].commits == Names{world.line[41]});
    CHECK(kept == whole_state);
  }
}

TEST_CASE("A budget ends the search, says what is left, and is gone on with",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  for (int i = 0; i < 100; ++i) world.add_commit();
  world.tests["b"].breaks = 70;
  std::int64_t now = 1'000'000;
  for (int night = 0; night < 20; ++night) {
    NightInput input = world.input(now += kDay);
    const double limit = world.seconds + 300;
    input.affords = [&](double more) { return world.seconds + more < limit; };
    const NightReport report = work_a_night(input, state, world);
    CHECK(world.seconds < limit);
    if (report.outcome == Outcome::budget) {
      REQUIRE(report.unfinished.size() == 1);
      CHECK(ids(report.unfinished[0].tests) == Names{"b"});
      if (!report.unfinished[0].good.empty()) CHECK(report.builds_left > 0);
      continue;
    }
    REQUIRE(report.broken.size() == 1);
    CHECK(report.broken[0].commits == Names{world.line[70]});
    CHECK(night > 0);
    return;
  }
  FAIL("it never came to an end");
}

TEST_CASE("A sick machine is no verdict, and a silent suite is not green",
          "[core][night]") {
  NightState state;
  SuiteWorld world = sound_world(10, state);
  world.add_commit();
  world.infra_nights = true;
  const NightReport sick =
      work_a_night(world.input(1'000'000 + kDay), state, world);
  CHECK(sick.outcome == Outcome::no_verdict);
  CHECK(sick.infra == "no space left on the device");
  CHECK(sick.broken.empty());
  world.infra_nights = false;
  world.silent_suite = true;
  world.tests.clear();
  const NightReport silent =
      work_a_night(world.input(1'000'000 + 2 * kDay), state, world);
  CHECK(silent.outcome == Outcome::no_verdict);
  CHECK(silent.missing.size() == 7);
}

TEST_CASE("Many nights of random histories accuse only the guilty",
          "[core][night]") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  NightState state;
  SuiteWorld world(30, seed);
  for (int i = 0; i < 12; ++i) world.tests[fmt::format("t{}", i)] = {};
  world.tests["t0"].lies = world.tests["t1"].lies = 0.1;
  std::int64_t now = 1'000'000;
  unsigned named = 0;
  for (int night = 0; night < 60; ++night) {
    for (std::size_t more = random() % 12; more > 0; --more) {
      world.add_commit();
      if (random() % 8 == 0) world.unbuildable.insert(world.head());
      fakes::WorldTest& test = world.tests[fmt::format("t{}", random() % 12)];
      if (random() % 6 == 0 && test.sound_at(world.head())) {
        test.break_again(world.head());
      } else if (random() % 4 == 0 && test.breaks < world.head() &&
                 test.repaired == SIZE_MAX) {
        test.repaired = world.head();
      }
    }
    const NightReport report =
        work_a_night(world.input(now += kDay), state, world);
    for (const NightFinding& finding : report.broken) {
      for (const NightTest& test : finding.tests) {
        CAPTURE(night, test.id);
        ++named;
        const auto place_of = [&](const std::string& commit) {
          return static_cast<std::size_t>(
              std::find(world.line.begin(), world.line.end(), commit) -
              world.line.begin());
        };
        const std::size_t low = place_of(finding.good);
        const std::size_t high = place_of(finding.commits.back());
        CHECK(finding.commits.size() == high - low);
        if (test.id == kBuildTest) {
          CHECK(world.unbuildable.count(high) == 1);
          CHECK(world.unbuildable.count(low) == 0);
        } else {
          CHECK(world.tests[test.id].sound_at(low));
          CHECK_FALSE(world.tests[test.id].sound_at(high));
          for (std::size_t p = low + 1; p < high; ++p) {
            CHECK(world.unbuildable.count(p) == 1);
          }
        }
      }
    }
  }
  CHECK(named > 5);
}

TEST_CASE("The memory of two runners merges without loss, in any order",
          "[core][night]") {
  NightState common;
  SuiteWorld world = sound_world(10, common);
  for (int i = 0; i < 20; ++i) world.add_commit();
  world.tests["b"].breaks = 15;
  NightState one = common, two = common;
  NightInput input = world.input(2'000'000);
  world.kill_after = world.runs + 8;
  CHECK_THROWS_AS(work_a_night(input, one, world), fakes::Killed);
  world.kill_after.reset();
  world.add_commit();
  world.tests["new"] = {};
  work_a_night(world.input(3'000'000), two, world);
  const NightState all = merged(one, two);
  CHECK(all == merged(two, one));
  CHECK(all == merged(all, one));
  CHECK(all == merged(all, two));
  CHECK(all.tests.at("b").since == two.tests.at("b").since);
  CHECK(all.tests.at("a").goods.size() == 3);  // each of both, and the common
  CHECK(all.tests.at("a").goods.back() == two.tests.at("a").goods.back());
  CHECK(all.tests.count("new") == 1);
  CHECK(all.night.head == world.line.back());
  for (const auto& [commit, counts] : one.tests.at("b").facts) {
    CHECK(all.tests.at("b").facts.at(commit).failures >= counts.failures);
  }
}

TEST_CASE("A memory that is damaged or another suite's is refused",
          "[core][night]") {
  NightState state;
  sound_world(10, state);
  const std::string text = written(state, "here");
  CHECK(night_state_from(text, "here") == state);
  // Not damaged: it is somebody's, and is left where it is.
  CHECK_THROWS_AS(night_state_from(text, "there"), UsageError);
  for (std::size_t size = 0; size + 1 < text.size(); size += 7) {
    CHECK_THROWS_AS(night_state_from(text.substr(0, size), "here"),
                    JournalError);
  }
}

TEST_CASE("A module that cannot be imported is searched where its tests ran",
          "[core][night]") {
  NightState state;
  SuiteWorld world(10);
  for (const char* name : {"m.shop::adds", "m.shop::sells", "m.cart::adds"}) {
    world.tests[name] = {};
  }
  REQUIRE(work_a_night(world.input(), state, world).outcome == Outcome::green);
  for (int i = 0; i < 30; ++i) world.add_commit();
  world.tests["m.shop"].hides = {"m.shop::adds", "m.shop::sells"};
  world.tests["m.shop"].breaks = 23;
  world.tests["m.cart::adds"].breaks = 31;
  std::int64_t now = 1'000'000;
  const NightReport report =
      work_a_night(world.input(now += kDay), state, world);
  CHECK(report.outcome == Outcome::red);
  CHECK(report.no_good.empty());
  REQUIRE(report.broken.size() == 2);
  CHECK(report.broken[0].commits == Names{world.line[23]});
  CHECK(ids(report.broken[0].tests) == Names{"m.shop"});
  CHECK(report.broken[1].commits == Names{world.line[31]});
  CHECK(report.missing == Names{"m.shop::adds", "m.shop::sells"});
  CHECK(state.tests.at("m.shop").hides == report.missing);
  CHECK(night_state_from(written(state, "s"), "s") == state);

  world.add_commit();
  const NightReport still =
      work_a_night(world.input(now += kDay), state, world);
  REQUIRE(still.still.size() == 2);
  CHECK(still.broken.empty());

  for (int i = 0; i < 6; ++i) world.add_commit();
  const std::size_t repaired = world.head() - 2;
  world.tests["m.shop"].repaired = repaired;
  const NightReport last = work_a_night(world.input(now += kDay), state, world);
  REQUIRE(last.repaired.size() == 1);
  CHECK(last.repaired[0].commits == Names{world.line[repaired]});
  CHECK(ids(last.repaired[0].tests) == Names{"m.shop"});
  CHECK(last.missing.empty());
}

TEST_CASE("A test that was broken and is renamed accuses no second commit",
          "[core][night]") {
  NightState state;
  SuiteWorld world(10);
  world.tests["m::a"] = world.tests["m::b"] = {};
  REQUIRE(work_a_night(world.input(), state, world).outcome == Outcome::green);
  for (int i = 0; i < 10; ++i) world.add_commit();
  world.tests["m::a"].breaks = 13;
  std::int64_t now = 1'000'000;
  const NightReport first =
      work_a_night(world.input(now += kDay), state, world);
  REQUIRE(first.broken.size() == 1);
  CHECK(first.broken[0].commits == Names{world.line[13]});

  // The file m is n from the next commit on.
  const std::string renamed = GENERATE("n::a", "n::other");
  CAPTURE(renamed);
  for (int i = 0; i < 6; ++i) world.add_commit();
  world.tests[renamed].hides = {"m::a", "m::b"};
  world.tests[renamed].breaks = 22;
  const NightReport second =
      work_a_night(world.input(now += kDay), state, world);
  CHECK(second.outcome == Outcome::red);
  CHECK(second.broken.empty());
  if (renamed == "n::a") {
    REQUIRE(second.still.size() == 1);
    CHECK(second.still[0].second.id == "n::a");
    CHECK(state.tests.at("n::a").since->culprit == world.line[13]);
  }
}

TEST_CASE("A module that now and then cannot be imported is flaky",
          "[core][night]") {
  NightState state;
  SuiteWorld world(10);
  world.tests["m.shop::adds"] = world.tests["m.cart::adds"] = {};
  REQUIRE(work_a_night(world.input(), state, world).outcome == Outcome::green);
  for (int i = 0; i < 5; ++i) world.add_commit();
  world.tests["m.shop"].hides = {"m.shop::adds"};
  world.tests["m.shop"].fails_at = {world.head()};
  world.sound_after = world.runs + 1;
  const NightReport report =
      work_a_night(world.input(1'000'000 + kDay), state, world);
  CHECK(ids(report.flaky) == Names{"m.shop"});
  CHECK(report.broken.empty());
}

TEST_CASE("A new test that fails names no commit before it was there",
          "[core][night]") {
  NightState state;
  SuiteWorld world(10);
  world.tests["a"] = {};
  REQUIRE(work_a_night(world.input(), state, world).outcome == Outcome::green);
  for (int i = 0; i < 5; ++i) world.add_commit();
  world.tests["b"].breaks = 0;
  const NightReport report =
      work_a_night(world.input(1'000'000 + kDay), state, world);
  CHECK(ids(report.no_good) == Names{"b"});
  CHECK(report.broken.empty());
}

TEST_CASE("Ids tell tests apart however their names are cut", "[core][night]") {
  CHECK(test_id("", "a") == "a");
  CHECK(test_id("a", "a") == "a");
  CHECK(test_id("a", "b") == "a::b");
  CHECK(test_id("a::b", "c") == "a::b::c");
  CHECK(test_id("a", "b::c") == "a :: b::c");
  CHECK(test_id("a", ":b") != test_id("a:", "b"));
  for (const char* group : {"a", "a::b", "ns::Suite"}) {
    for (const char* name : {"c", "b::c", ":c"}) {
      const std::string id = test_id(group, name);
      CHECK(name_in_id(id, std::string(group).size()) == name);
    }
  }
  CHECK(name_in_id("alone", 0) == "alone");
}

TEST_CASE("A year of nights of ten thousand tests is a small file",
          "[core][night]") {
  NightState state;
  SuiteWorld world(2);
  for (int i = 0; i < 10'000; ++i) {
    world.tests[fmt::format("tests.some_module::test_with_a_name_{}", i)] = {};
  }
  for (int night = 0; night < 6; ++night) {
    world.add_commit();
    work_a_night(world.input(1'000'000 + night * kDay), state, world);
  }
  CHECK(written(state, "x").size() < 20'000'000 / 4);
}

}  // namespace rung::night_test
