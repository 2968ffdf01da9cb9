#include "core/search/forecast.hpp"

#include <catch2/catch.hpp>

#include "core/search/gate_record.hpp"

namespace rung::forecast_test {
namespace {

ProbeRecord probe(const std::string& run, const std::string& release,
                  Verdict verdict) {
  ProbeRecord record;
  record.run = run;
  record.release_id = release;
  record.label = "commit " + release;
  record.observation.verdict = verdict;
  return record;
}

}  // namespace

TEST_CASE("Times are learned for each kind of probe", "[core][forecast]") {
  ProbeTimes times;
  CHECK_FALSE(times.mean(ProbeKind::cached));
  times.add(ProbeKind::build, 50);
  CHECK(*times.mean(ProbeKind::build) == Approx(50));
  // Not seen yet: cheaper and dearer than a build.
  CHECK(*times.mean(ProbeKind::cached) < 50);
  CHECK(*times.mean(ProbeKind::requirements) > 50);

  SECTION("later ones count more") {
    for (int i = 0; i < 30; ++i) times.add(ProbeKind::build, 10);
    CHECK(*times.mean(ProbeKind::build) < 14);
  }
  SECTION("a journal keeps them") {
    times.add(ProbeKind::cached, 1.5);
    const auto again = ProbeTimes::from(times.text());
    for (const auto kind :
         {ProbeKind::cached, ProbeKind::build, ProbeKind::requirements}) {
      CHECK(*again.mean(kind) == Approx(*times.mean(kind)));
    }
  }
  SECTION("what is no record of times reads as none") {
    const std::string text =
        GENERATE("", "{}", "[]", "[1,2,3]", "[[1,2],[1,2]]", "[[1],[1],[1]]",
                 "[[1,\"x\"],[1,1],[1,1]]");
    CHECK_FALSE(ProbeTimes::from(text).mean(ProbeKind::cached));
  }
}

TEST_CASE("A forecast adds up what the probes ahead will take",
          "[core][forecast]") {
  const Search::Left left{64, 8, 6, 5, 7};
  ProbeTimes times;
  times.add(ProbeKind::cached, 2);
  times.add(ProbeKind::build, 20);
  Mix ahead;
  ahead.kinds = {1, 3, 0};

  const auto alone = forecast(left, ahead, times, 1);
  CHECK(*alone.seconds == Approx(6 * (2 + 3 * 20) / 4.0));
  CHECK(*alone.seconds_low < *alone.seconds);
  CHECK(*alone.seconds < *alone.seconds_high);
  CHECK(*alone.seconds_at_most == Approx(8 * 20));
  CHECK(alone.deploys == Approx(6));
  CHECK(alone.deploys_at_most == 8);

  SECTION("several workers are faster, but not that many times") {
    const auto three = forecast(left, ahead, times, 3);
    CHECK(*three.seconds == Approx(*alone.seconds / 2));
  }
  SECTION("remembered verdicts are not deployed") {
    ahead.remembered = 4;
    const auto some = forecast(left, ahead, times, 1);
    CHECK(some.deploys == Approx(3));
    CHECK(*some.seconds == Approx(*alone.seconds / 2));
  }
  SECTION("before anything was timed nothing is said of time") {
    CHECK_FALSE(forecast(left, ahead, {}, 1).seconds);
  }
}

TEST_CASE("A journal tells how honest a gate is", "[core][gate_record]") {
  using enum Verdict;
  SECTION("the pass that made a release known says nothing") {
    const auto record = gate_record(
        std::vector{probe("1", "a", good), probe("2", "a", good),
                    probe("3", "a", good), probe("1", "b", good),
                    probe("1", "c", bad)},
        {"a", "b", "absent"});
    CHECK(record.healthy_passes == 2);
    CHECK(record.healthy_fails == 0);
    CHECK_FALSE(record.contradicted);
    Noise noise;
    noise.healthy_passes = 1;
    CHECK(record.known_to(noise).healthy_passes == 3);
  }
  SECTION("both ways in one run is a contradiction") {
    const auto record = gate_record(
        std::vector{probe("1", "a", good), probe("1", "a", bad)}, {"a"});
    CHECK(record.contradicted == "commit a");
    CHECK(record.healthy_fails == 1);
  }
  SECTION("a verdict that changed once between runs may have had a reason") {
    std::vector all{probe("1", "a", good), probe("2", "a", bad)};
    CHECK_FALSE(gate_record(all, {}).contradicted);
    all.push_back(probe("3", "a", good));
    CHECK(gate_record(all, {}).contradicted);
  }
  SECTION("what could not be judged is no verdict") {
    const auto record = gate_record(
        std::vector{probe("1", "a", good), probe("1", "a", skip),
                    probe("1", "a", infra), probe("1", "a", good)},
        {"a"});
    CHECK(record.healthy_passes == 1);
    CHECK_FALSE(record.contradicted);
  }
}

}  // namespace rung::forecast_test
