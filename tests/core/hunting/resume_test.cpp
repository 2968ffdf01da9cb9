#include <catch2/catch.hpp>
#include <map>

#include "core/hunting/hunt.hpp"
#include "tests/fakes/hunt_world.hpp"

namespace rung::resume_test {
namespace {

using fakes::HuntWorld;

bool same(const Answer& a, const Answer& b) {
  if (a.outcome != b.outcome || fakes::blamed(a) != fakes::blamed(b) ||
      a.findings.size() != b.findings.size() ||
      a.confidence != b.confidence || a.repaired.size() != b.repaired.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.findings.size(); ++i) {
    if (a.findings[i].failure != b.findings[i].failure) return false;
  }
  return true;
}

/// Runs until the end, stopped after every `writes` writes.
HuntResult in_pieces(HuntWorld& world, unsigned writes) {
  for (int round = 0; round < 1000; ++round) {
    try {
      return world.run(writes);
    } catch (const fakes::StoppingHistory::Stopped&) {
    }
  }
  throw std::logic_error("does not end");
}

/// A run that is stopped after any write, or after each one, goes on to the same
/// answer; no probe is lost and none is made twice.
template <typename Make>
void check_resume(const Make& make) {
  HuntWorld whole = make();
  const HuntResult expected = whole.run();
  const std::size_t writes =
      whole.journal.all_probes.size() + whole.journal.facts.size();
  for (unsigned stop = 1; stop <= writes; ++stop) {
    CAPTURE(stop);
    HuntWorld world = make();
    try {
      world.run(stop);
    } catch (const fakes::StoppingHistory::Stopped&) {
    }
    const HuntResult result = world.run();
    REQUIRE(same(result.answer, expected.answer));
    REQUIRE(result.flaky == expected.flaky);
    REQUIRE(result.counts.total() == expected.counts.total());
    REQUIRE(world.story() == whole.story());
    REQUIRE(world.trials == whole.trials);
  }
  HuntWorld world = make();
  const HuntResult result = in_pieces(world, 1);
  REQUIRE(same(result.answer, expected.answer));
  REQUIRE(world.story() == whole.story());
  // A run that has ended asks nothing when it is asked again.
  const HuntResult again = whole.run();
  REQUIRE(same(again.answer, expected.answer));
  REQUIRE(world.story() == whole.story());
}

}  // namespace

TEST_CASE("A hunt for a commit goes on from every write",
          "[core][hunt][resume]") {
  for (std::uint32_t n = 1; n <= 4; ++n) {
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (const bool fix : {false, true}) {
        CAPTURE(n, culprit, fix);
        check_resume([&] {
          Question question = fakes::hunt_question(n);
          question.find_fix = fix;
          return HuntWorld(std::move(question), [=](const Point& point) {
            return fakes::has_commit(point, culprit) != fix ? fakes::bad()
                                                           : fakes::good();
          });
        });
      }
    }
  }
}

TEST_CASE("A hunt for variables goes on from every write",
          "[core][hunt][resume]") {
  for (std::uint32_t a = 0; a < 3; ++a) {
    for (std::uint32_t b = a; b < 3; ++b) {
      CAPTURE(a, b);
      check_resume([&] {
        return HuntWorld(fakes::hunt_question(2, 3), fakes::breaks_with({a, b}));
      });
    }
  }
}

TEST_CASE("A hunt with releases that cannot be judged goes on from every write",
          "[core][hunt][resume]") {
  for (std::uint32_t culprit = 0; culprit < 4; ++culprit) {
    for (unsigned skips = 0; skips < 8; ++skips) {
      CAPTURE(culprit, skips);
      check_resume([&] {
        return HuntWorld(fakes::hunt_question(4), [=](const Point& point) {
          const bool skipped = point.commit < 3 && (skips >> point.commit & 1U);
          return skipped ? fakes::skip() : fakes::breaks_from(culprit)(point);
        });
      });
    }
  }
}

TEST_CASE("A hunt that found a noisy gate goes on from every write",
          "[core][hunt][resume][noisy]") {
  constexpr std::uint32_t kCommits = 2;
  for (std::uint32_t culprit = 0; culprit < kCommits; ++culprit) {
    for (std::uint32_t liar = 1; liar <= kCommits; ++liar) {
      CAPTURE(culprit, liar);
      // One release is judged wrongly the first time.
      check_resume([&] {
        HuntWorld world(
            fakes::hunt_question(kCommits),
            [=](const Point& point, unsigned before) {
              const Observation truth = fakes::breaks_from(culprit)(point);
              const bool here =
                  liar == kCommits ? point.commit == Point::kGoodCommit
                                   : point.commit == liar;
              if (!here || before > 0) return truth;
              return truth.verdict == Verdict::good ? fakes::bad()
                                                    : fakes::good();
            });
        world.settings.confidence = 0.8;  // fewer probes
        return world;
      });
    }
  }
}

TEST_CASE("A hunt whose first probes are slow goes on from every write",
          "[core][hunt][resume]") {
  // Times decide between equally good probes only, and are not on record until
  // the end: what was asked must not hang on them.
  for (std::uint32_t a = 0; a < 4; ++a) {
    CAPTURE(a);
    check_resume([&] {
      HuntWorld world(fakes::hunt_question(3, 4), fakes::breaks_with({a}));
      world.takes = [](std::size_t nth) {
        return std::chrono::seconds(nth < 3 ? 60 : 1);
      };
      world.is_ready = [](const Release& release) {
        return release.env.at("V0") == "0";
      };
      return world;
    });
  }
}

TEST_CASE("With several workers a hunt that was stopped comes to its answer",
          "[core][hunt][resume]") {
  for (std::size_t workers = 2; workers <= 3; ++workers) {
    for (std::uint32_t culprit = 0; culprit < 6; ++culprit) {
      const auto make = [&] {
        return HuntWorld(fakes::hunt_question(6), fakes::breaks_from(culprit),
                         workers);
      };
      HuntWorld whole = make();
      const HuntResult expected = whole.run();
      for (unsigned stop = 1; stop <= whole.journal.all_probes.size() + 1;
           ++stop) {
        CAPTURE(workers, culprit, stop);
        HuntWorld world = make();
        try {
          world.run(stop);
        } catch (const fakes::StoppingHistory::Stopped&) {
        }
        const std::vector<std::string> kept = world.story();
        const HuntResult result = world.run();
        CAPTURE(kept, world.story(), whole.story(), result.notes);
        REQUIRE(same(result.answer, expected.answer));
        REQUIRE_FALSE(result.flaky);
        const auto story = world.story();
        REQUIRE(std::equal(kept.begin(), kept.end(), story.begin()));
        REQUIRE(result.counts.total() == story.size());
      }
    }
  }
}

TEST_CASE("A full disk loses the probe that could not be written, and no other",
          "[core][hunt][resume]") {
  for (std::uint32_t culprit = 0; culprit < 5; ++culprit) {
    const auto make = [&] {
      return HuntWorld(fakes::hunt_question(5), fakes::breaks_from(culprit));
    };
    HuntWorld whole = make();
    whole.run();
    for (std::size_t room = 0; room < whole.journal.all_probes.size(); ++room) {
      CAPTURE(culprit, room);
      HuntWorld world = make();
      std::size_t shown = 0;
      world.observer.verdict = [&](auto&&...) { ++shown; };
      world.journal.capacity = room;
      REQUIRE_THROWS_AS(world.run(), JournalError);
      REQUIRE(shown == room);  // on disk before anybody sees it
      world.journal.capacity = SIZE_MAX;
      world.observer = {};
      world.run();
      REQUIRE(world.story() == whole.story());
      REQUIRE(world.trials == whole.trials + 1);
    }
  }
}

TEST_CASE("A run takes no control of another run, and every other verdict",
          "[core][hunt][resume]") {
  for (std::uint32_t culprit = 0; culprit < 5; ++culprit) {
    CAPTURE(culprit);
    HuntWorld world(fakes::hunt_question(5), fakes::breaks_from(culprit));
    const HuntResult first = world.run({}, "first");
    const std::size_t before = world.trials;
    const HuntResult second = world.run({}, "second");
    CHECK(same(first.answer, second.answer));
    CHECK(second.counts.controls >= 2);
    CHECK(second.counts.search == 0);
    CHECK(second.counts.cached > 0);
    CHECK(world.trials - before == second.counts.total());
    world.settings.fresh = true;
    const std::size_t then = world.trials;
    const HuntResult third = world.run({}, "third");
    CHECK(world.trials - then == before);
    CHECK(third.counts.cached == 0);
  }
}

TEST_CASE("A verdict that a person corrects leads to the true culprit",
          "[core][hunt][correct]") {
  for (std::uint32_t n = 2; n <= 6; ++n) {
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (std::uint32_t wrong = 0; wrong + 1 < n; ++wrong) {
        CAPTURE(n, culprit, wrong);
        // The gate is always wrong about one commit.
        HuntWorld world(fakes::hunt_question(n), [=](const Point& point) {
          const Observation truth = fakes::breaks_from(culprit)(point);
          if (point.commit != wrong) return truth;
          return truth.verdict == Verdict::good ? fakes::bad() : fakes::good();
        });
        world.run();
        const bool fails = wrong >= culprit;
        std::vector<std::int64_t> ids;
        const std::string id = world.journal.id_of(
            release_at(world.question, Point{wrong, {}}));
        for (const ProbeRecord& probe : world.journal.all_probes) {
          if (probe.release_id == id) ids.push_back(probe.id);
        }
        if (ids.empty()) continue;  // nobody asked about it
        for (const auto one : ids) {
          world.journal.correct(one, fails ? fakes::bad() : fakes::good());
        }
        const std::size_t before = world.journal.all_probes.size();
        const HuntResult result = world.run();
        // What is asked again about that commit is wrong again: rung notices.
        bool asked_again = false;
        for (std::size_t i = before; i < world.journal.all_probes.size(); ++i) {
          asked_again |= world.journal.all_probes[i].release_id == id;
        }
        if (asked_again) continue;
        REQUIRE(result.answer.outcome == Answer::Outcome::culprit);
        REQUIRE(fakes::blamed(result.answer) ==
                std::vector{DeltaRef{true, culprit}});
      }
    }
  }
}

TEST_CASE("A verdict that was taken back is asked again, alone",
          "[core][hunt][correct]") {
  unsigned asked = 0;
  for (std::uint32_t culprit = 0; culprit < 5; ++culprit) {
    HuntWorld whole(fakes::hunt_question(5), fakes::breaks_from(culprit));
    const HuntResult expected = whole.run();
    for (std::size_t back = 0; back < whole.journal.all_probes.size(); ++back) {
      CAPTURE(culprit, back);
      HuntWorld world(fakes::hunt_question(5), fakes::breaks_from(culprit));
      world.run();
      world.journal.correct(world.journal.all_probes[back].id, fakes::infra());
      const std::size_t before = world.trials;
      const HuntResult result = world.run();
      REQUIRE(same(result.answer, expected.answer));
      // Unless what else is on record of that release is enough.
      REQUIRE(world.trials <= before + 1);
      if (world.trials == before) continue;
      ++asked;
      REQUIRE(world.journal.all_probes.back().release_id ==
              world.journal.all_probes[back].release_id);
    }
  }
  CHECK(asked > 10);
}

}  // namespace rung::resume_test
