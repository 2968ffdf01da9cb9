#include <catch2/catch.hpp>

#include "core/climbing/climb.hpp"
#include "core/climbing/what_serves.hpp"

namespace rung::climb_test {
namespace {

using State = ReportPhase::State;

/// What happens on one phase.
enum class Fate {
  good, bad, skip, infra, remembered_good, remembered_bad, waits, kFates
};

class FakeLadder final : public Ladder {
 public:
  explicit FakeLadder(std::vector<Fate> fates) : fates_(std::move(fates)) {}

  std::vector<std::size_t> begun, asked_approval, probed;
  std::vector<State> ended;

  std::size_t phases() const override { return fates_.size(); }
  void begins(std::size_t phase) override { begun.push_back(phase); }
  std::optional<Observation> remembered(std::size_t phase) override {
    switch (fates_[phase]) {
      case Fate::remembered_good: return seen(Verdict::good);
      case Fate::remembered_bad: return seen(Verdict::bad);
      default: return std::nullopt;
    }
  }
  bool approved(std::size_t phase) override {
    asked_approval.push_back(phase);
    return fates_[phase] != Fate::waits;
  }
  Observation probe(std::size_t phase) override {
    probed.push_back(phase);
    switch (fates_[phase]) {
      case Fate::good: return seen(Verdict::good);
      case Fate::bad: return seen(Verdict::bad);
      case Fate::skip: return seen(Verdict::skip);
      default: return seen(Verdict::infra);
    }
  }
  void ends(std::size_t phase, const Step& step) override {
    REQUIRE(begun.size() == phase + 1);
    ended.push_back(step.state);
  }

 private:
  static Observation seen(Verdict verdict) {
    Observation observation;
    observation.verdict = verdict;
    return observation;
  }
  std::vector<Fate> fates_;
};

State expected(Fate fate) {
  switch (fate) {
    case Fate::good:
    case Fate::remembered_good: return State::good;
    case Fate::bad:
    case Fate::remembered_bad: return State::bad;
    case Fate::waits: return State::waiting;
    default: return State::no_verdict;
  }
}

bool is_known(Fate fate) {
  return fate == Fate::remembered_good || fate == Fate::remembered_bad;
}

void check_climb(const std::vector<Fate>& fates) {
  FakeLadder ladder(fates);
  const Climbed climbed = climb(ladder);

  std::size_t good = 0;
  while (good < fates.size() && expected(fates[good]) == State::good) ++good;
  const std::size_t reached = std::min(good + 1, fates.size());
  REQUIRE(climbed.steps.size() == reached);
  REQUIRE(ladder.ended.size() == reached);
  std::vector<std::size_t> probed;
  for (std::size_t i = 0; i < reached; ++i) {
    CHECK(climbed.steps[i].state == expected(fates[i]));
    CHECK(ladder.ended[i] == expected(fates[i]));
    CHECK(climbed.steps[i].remembered == is_known(fates[i]));
    if (!is_known(fates[i]) && fates[i] != Fate::waits) probed.push_back(i);
  }
  CHECK(ladder.probed == probed);
  CHECK(climbed.deployed() == probed.size());
  CHECK(climbed.highest_good ==
        (good == 0 ? std::nullopt : std::optional(good - 1)));
  CHECK(climbed.stopped_at() ==
        (good == fates.size() ? std::nullopt : std::optional(good)));
  const bool waits = good < fates.size() && fates[good] == Fate::waits;
  CHECK(climbed.waits_at() == (waits ? std::optional(good) : std::nullopt));
}

}  // namespace

TEST_CASE("A climb deploys each phase once and stops at the first not good",
          "[core][climbing]") {
  constexpr auto kFates = static_cast<std::size_t>(Fate::kFates);
  for (std::size_t phases = 0; phases <= 4; ++phases) {
    std::size_t worlds = 1;
    for (std::size_t i = 0; i < phases; ++i) worlds *= kFates;
    for (std::size_t world = 0; world < worlds; ++world) {
      std::vector<Fate> fates;
      for (std::size_t i = 0, rest = world; i < phases; ++i, rest /= kFates) {
        fates.push_back(static_cast<Fate>(rest % kFates));
      }
      CAPTURE(phases, world);
      check_climb(fates);
    }
  }
}

TEST_CASE("A verdict from before needs no approval", "[core][climbing]") {
  FakeLadder ladder({Fate::remembered_good, Fate::waits});
  climb(ladder);
  CHECK(ladder.asked_approval == std::vector<std::size_t>{1});
}

TEST_CASE("What serves after a climb: never a lower phase, never a broken one",
          "[core][climbing]") {
  constexpr std::size_t kPhases = 4;
  const auto each = [](auto check) {
    check(std::nullopt);
    for (std::size_t i = 0; i < kPhases; ++i) check(std::optional(i));
  };
  for (const bool healthy : {false, true}) {
    each([&](std::optional<std::size_t> highest) {
      each([&](std::optional<std::size_t> before) {
        CAPTURE(healthy, highest, before);
        const WhatServes serves = what_serves(healthy, highest, before);
        const bool new_one = serves == WhatServes::take_over ||
                             serves == WhatServes::stand_in;
        // Something serves whenever something can.
        CHECK((serves == WhatServes::nothing) == (!highest && !before));
        if (new_one) REQUIRE(highest);
        if (serves == WhatServes::restore) REQUIRE(before);
        // A broken climb leaves what served.
        if (!healthy && before) CHECK(serves == WhatServes::restore);
        if (new_one && before) CHECK(*before <= *highest);
        // A healthy climb that came as high as before is the new release.
        if (healthy && highest && (!before || *before <= *highest)) {
          CHECK(serves == WhatServes::take_over);
        }
        if (serves == WhatServes::take_over) CHECK(healthy);
      });
    });
  }
}

}  // namespace rung::climb_test
