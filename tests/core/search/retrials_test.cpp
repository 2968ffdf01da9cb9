#include "core/search/retrials.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/unknown_gate.hpp"

namespace rung::retrials_test {
namespace {

using fakes::breaks_from;
using fakes::lying;
using fakes::play_unknown;

}  // namespace

TEST_CASE("A gate that lies is noticed before it misleads",
          "[core][retrials]") {
  // 92 commits, the start fails in one of four tries, nothing is known.
  constexpr std::uint32_t n = 92;
  constexpr unsigned kWorlds = 2'000;
  const auto history = fakes::linear(n);
  std::mt19937_64 random(21);
  unsigned wrong = 0;
  unsigned drift = 0;
  for (unsigned trial = 0; trial < kWorlds; ++trial) {
    const auto culprit = static_cast<std::uint32_t>(random() % n);
    const auto played = play_unknown(
        history, lying(breaks_from(culprit), {0, 0.25}, random), true);
    if (played.noticed) continue;
    drift += played.answer.outcome == Answer::Outcome::drift;
    wrong += played.answer.outcome == Answer::Outcome::culprit &&
             played.answer.findings.at(0).culprit !=
                 std::vector{DeltaRef{true, culprit}};
  }
  CHECK(wrong <= kWorlds / 100);
  CHECK(drift <= kWorlds / 100);
}

TEST_CASE("An honest gate pays two probes more for it", "[core][retrials]") {
  constexpr std::uint32_t n = 64;
  const auto history = fakes::linear(n);
  for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
    const auto played = play_unknown(history, breaks_from(culprit));
    CAPTURE(culprit);
    CHECK_FALSE(played.noticed);
    CHECK(played.answer.findings.at(0).culprit ==
          std::vector{DeltaRef{true, culprit}});
    CHECK(played.total <= 2 + 6 + 2 + 2);
  }
}

TEST_CASE("What is seen again depends on what is known", "[core][retrials]") {
  Answer answer;
  answer.outcome = Answer::Outcome::culprit;
  Finding finding;
  finding.fails.commit = 3;
  finding.passes.commit = 2;
  answer.findings = {finding};
  Retrials retrials;
  auto seen_once = [](const Point& point) {
    Retrials::Seen seen;
    ++(point.commit == 3 ? seen.fails : seen.passes);
    return seen;
  };
  const auto wanted = retrials.open(answer, seen_once);
  REQUIRE(wanted.size() == retrials.expected());
  REQUIRE(wanted.size() == 4);
  // A pass between two failures.
  CHECK(wanted[0].point.commit == 2);
  CHECK(wanted[1].point.commit == 3);
  CHECK(wanted[3].point.commit == 3);

  SECTION("a gate that is honest on record is asked less") {
    retrials.healthy_passes = 20;
    CHECK(retrials.open(answer, seen_once).size() == 2);
  }
  SECTION("other deltas have a proof of their own") {
    retrials.has_deltas = true;
    CHECK(retrials.open(answer, seen_once).size() == 2);
  }
  SECTION("hunting a fix, the gate's failure is the other one") {
    retrials.find_fix = true;
    const auto turned = retrials.open(answer, seen_once);
    REQUIRE(turned.size() == 4);
    CHECK(turned[0].point.commit == 2);
    CHECK(turned[3].point.commit == 3);
  }
  SECTION("ends") {
    CHECK_FALSE(retrials.again(false, false, {1, 0, false}));
    CHECK(retrials.again(true, true, {0, 3, false}));
    CHECK_FALSE(retrials.again(true, true, {0, 4, false}));
    CHECK(retrials.again(false, true, {1, 0, false}));
    CHECK_FALSE(retrials.again(false, true, {2, 0, false}));
    retrials.repeat = 5;
    CHECK(retrials.again(false, false, {4, 0, false}));
  }
}

}  // namespace rung::retrials_test
