#include "core/hunting/hunt.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/fakes/effort.hpp"
#include "tests/fakes/hunt_world.hpp"

namespace rung::hunt_test {
namespace {

using namespace std::chrono_literals;
using fakes::HuntWorld;

std::vector<DeltaRef> commit(std::uint32_t index) { return {{true, index}}; }

/// Passes from `commit` of a line on.
fakes::World repaired_by(std::uint32_t commit) {
  return [commit](const Point& point) {
    return fakes::has_commit(point, commit) ? fakes::good() : fakes::bad();
  };
}

/// The same world, but the verdict of the `lie`th trial of all is the wrong one.
HuntWorld::Gate lying_once(fakes::World world, unsigned lie) {
  return [world = std::move(world), lie,
          nth = 0U](const Point& point, unsigned) mutable {
    const Observation truth = world(point);
    if (nth++ != lie) return truth;
    return truth.verdict == Verdict::good ? fakes::bad() : fakes::good();
  };
}

/// The same world, but all trials from the `first` on fail, `count` of them: a
/// database is down.
HuntWorld::Gate down_for_a_while(fakes::World world, unsigned first,
                                 unsigned count) {
  return [world = std::move(world), first, count, nth = 0U](const Point& point,
                                                            unsigned) mutable {
    const unsigned now = nth++;
    return now >= first && now - first < count ? fakes::bad() : world(point);
  };
}

}  // namespace

TEST_CASE("A world that breaks during the search accuses no innocent commit",
          "[core][hunt]") {
  const unsigned count = GENERATE(1U, 3U, 8U, 1'000'000U);
  unsigned named = 0;
  const std::uint32_t most = fakes::effort(1) > 1 ? 9 : 6;  // commits
  for (std::uint32_t n = 2; n <= most; ++n) {
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (unsigned first = 1; first <= 18; ++first) {
        CAPTURE(count, n, culprit, first);
        HuntWorld world(
            fakes::hunt_question(n),
            down_for_a_while(fakes::breaks_from(culprit), first, count));
        const HuntResult result = world.run();
        if (result.answer.outcome != Answer::Outcome::culprit) continue;
        ++named;
        CHECK(fakes::blamed(result.answer) == commit(culprit));
      }
    }
  }
  CHECK(named > 100);
}

TEST_CASE("A hunt that is to stop at a contradiction stops there",
          "[core][hunt]") {
  for (unsigned lie = 0; lie < 12; ++lie) {
    HuntWorld world(fakes::hunt_question(8),
                    lying_once(fakes::breaks_from(5), lie));
    world.settings.until_contradicted = true;
    const HuntResult result = world.run();
    CAPTURE(lie);
    CHECK_FALSE(result.flaky);
    const bool stopped = !result.contradicted.empty();
    if (!stopped) CHECK(fakes::blamed(result.answer) == commit(5));
    // What was seen is no waste: the hunt goes on from there.
    world.settings.until_contradicted = false;
    const std::size_t before = world.trials;
    CHECK(fakes::blamed(world.run().answer) == commit(5));
    if (!stopped) CHECK(world.trials == before);
  }
}

TEST_CASE("Both ends are probed as often as asked, flaky or not",
          "[core][hunt]") {
  HuntWorld world(fakes::hunt_question(8), fakes::breaks_from(5));
  world.settings.repeat = 12;
  if (GENERATE(true, false)) world.settings.search.noise.emplace();
  world.run();
  unsigned good = 0, bad = 0;
  for (const ProbeRecord& probe : world.journal.all_probes) {
    good += probe.release_id == world.journal.id_of(world.question.good);
    bad += probe.release_id == world.journal.id_of(world.question.bad);
  }
  CHECK(good >= 12);
  CHECK(bad >= 12);
}

TEST_CASE("A hunt finds the commit, whatever the workers", "[core][hunt]") {
  for (std::uint32_t n = 1; n <= 8; ++n) {
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (std::size_t workers = 1; workers <= 3; ++workers) {
        CAPTURE(n, culprit, workers);
        HuntWorld world(fakes::hunt_question(n), fakes::breaks_from(culprit),
                        workers);
        const HuntResult result = world.run();
        REQUIRE(result.answer.outcome == Answer::Outcome::culprit);
        REQUIRE(fakes::blamed(result.answer) == commit(culprit));
        REQUIRE_FALSE(result.flaky);
        REQUIRE_FALSE(result.out_of_budget);
        REQUIRE(result.failure);
        // Each trial is on record, but for those that were called off.
        REQUIRE(world.journal.all_probes.size() + world.called_off.size() ==
                world.trials);
        REQUIRE(result.counts.total() == world.journal.all_probes.size());
      }
    }
  }
}

TEST_CASE("A hunt finds variables that break alone or in pairs",
          "[core][hunt]") {
  for (std::uint32_t n = 1; n <= 5; ++n) {
    for (std::uint32_t a = 0; a < n; ++a) {
      for (std::uint32_t b = a; b < n; ++b) {
        CAPTURE(n, a, b);
        HuntWorld world(fakes::hunt_question(0, n), fakes::breaks_with({a, b}));
        const HuntResult result = world.run();
        std::vector<DeltaRef> guilty{{false, a}};
        if (b != a) guilty.push_back({false, b});
        REQUIRE(result.answer.outcome == Answer::Outcome::culprit);
        REQUIRE(fakes::blamed(result.answer) == guilty);
      }
    }
  }
}

TEST_CASE("A hunt for a repair finds the commit that repairs",
          "[core][hunt][find-fix]") {
  for (std::uint32_t n = 1; n <= 8; ++n) {
    for (std::uint32_t repair = 0; repair < n; ++repair) {
      for (std::size_t workers = 1; workers <= 3; ++workers) {
        CAPTURE(n, repair, workers);
        Question question = fakes::hunt_question(n);
        question.find_fix = true;
        HuntWorld world(std::move(question), repaired_by(repair), workers);
        const HuntResult result = world.run();
        REQUIRE(result.answer.outcome == Answer::Outcome::culprit);
        REQUIRE(fakes::blamed(result.answer) == commit(repair));
        // The failure is that of the release that the user calls bad, and the
        // journal keeps what the gate said.
        REQUIRE(result.failure);
        REQUIRE(result.failure->signature == "hunted");
        REQUIRE(world.story().front() == "control the bad release: bad");
      }
    }
  }
}

TEST_CASE("A hunt for a repair says so when nothing was repaired",
          "[core][hunt][find-fix]") {
  Question question = fakes::hunt_question(4);
  question.find_fix = true;
  SECTION("what is called good still fails") {
    HuntWorld world(question, [](const Point&) { return fakes::bad(); });
    CHECK(world.run().answer.outcome == Answer::Outcome::not_reproducible);
  }
  SECTION("what is called bad passes") {
    HuntWorld world(question, [](const Point&) { return fakes::good(); });
    CHECK(world.run().answer.outcome == Answer::Outcome::drift);
  }
}

TEST_CASE("One lie of the gate accuses nobody", "[core][hunt][noisy]") {
  unsigned switched = 0;
  for (const bool fix : {false, true}) {
    for (std::uint32_t n = 1; n <= 3; ++n) {
      for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
        for (unsigned lie = 0; lie < 10; ++lie) {
          CAPTURE(fix, n, culprit, lie);
          Question question = fakes::hunt_question(n);
          question.find_fix = fix;
          HuntWorld world(
              std::move(question),
              lying_once(fix ? repaired_by(culprit)
                             : fakes::breaks_from(culprit),
                         lie));
          world.settings.confidence = 0.8;  // fewer probes
          const HuntResult result = world.run();
          REQUIRE(result.answer.outcome == Answer::Outcome::culprit);
          REQUIRE(fakes::blamed(result.answer) == commit(culprit));
          switched += result.flaky;
          REQUIRE(result.notes.empty() != result.flaky);
        }
      }
    }
  }
  CHECK(switched > 80);
}

TEST_CASE("Trials that disturb each other accuse nobody",
          "[core][hunt][workers]") {
  // What is given while others run takes a port from nobody and fails: all of
  // it, or the share that `lucky` leaves.
  for (std::uint32_t n = 1; n <= 8; ++n) {
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (std::size_t workers = 2; workers <= 4; ++workers) {
        for (const unsigned lucky : {0U, 2U, 3U, 5U}) {
          CAPTURE(n, culprit, workers, lucky);
          unsigned nth = 0;
          HuntWorld* here = nullptr;
          HuntWorld world(
              fakes::hunt_question(n),
              [&](const Point& point, unsigned) {
                const bool spared = lucky != 0 && ++nth % lucky == 0;
                return here->beside() && !spared
                           ? fakes::bad()
                           : fakes::breaks_from(culprit)(point);
              },
              workers);
          here = &world;
          const HuntResult result = world.run();
          REQUIRE(result.answer.outcome == Answer::Outcome::culprit);
          REQUIRE(fakes::blamed(result.answer) == commit(culprit));
          REQUIRE_FALSE(result.flaky);
          // What was taken back misleads no later run.
          const HuntResult later = world.run({}, "later");
          REQUIRE(fakes::blamed(later.answer) == commit(culprit));
        }
      }
    }
  }
}

TEST_CASE("A good release that fails since a trial is no flaky gate",
          "[core][hunt]") {
  // The trial of some commit moves a database on; older releases fail with it.
  unsigned drifted = 0;
  for (std::uint32_t n = 4; n <= 9; ++n) {
    for (std::uint32_t moves = n / 2; moves < n; ++moves) {
      CAPTURE(n, moves);
      bool moved = false;
      HuntWorld world(fakes::hunt_question(n),
                      [&](const Point& point, unsigned) {
                        const bool newer = fakes::has_commit(point, moves);
                        moved = moved || newer;
                        return moved && !newer ? fakes::bad("schema is newer")
                                               : fakes::breaks_from(0)(point);
                      });
      const HuntResult result = world.run();
      // Or nobody asked about what came before.
      if (result.answer.outcome != Answer::Outcome::drift) continue;
      ++drifted;
      REQUIRE_FALSE(result.flaky);
      REQUIRE_FALSE(result.answer.rates);
      REQUIRE(result.answer.hunted->signature == "schema is newer");
      REQUIRE_FALSE(result.notes.empty());
      REQUIRE(result.notes.back().find("outlives") != std::string::npos);
    }
  }
  CHECK(drifted > 10);
}

TEST_CASE("A gate that contradicted itself on record is noisy from the start",
          "[core][hunt][noisy]") {
  HuntWorld world(fakes::hunt_question(5), fakes::breaks_from(2));
  for (const Verdict verdict : {Verdict::good, Verdict::bad}) {
    ProbeRecord earlier;
    earlier.run = "earlier";
    earlier.gate_id = "gate";
    earlier.label = "commit X";
    earlier.release_id = "any";
    earlier.observation =
        verdict == Verdict::good ? fakes::good() : fakes::bad();
    world.journal.add_probe(earlier);
  }
  const HuntResult result = world.run();
  CHECK(result.flaky);
  CHECK(fakes::blamed(result.answer) == commit(2));
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes.front().find("commit X was judged both ways before") !=
        std::string::npos);
  CHECK(result.answer.confidence >= 0.95);
}

TEST_CASE("A gate that is called flaky is noisy without a reason", "[core][hunt][noisy]") {
  HuntWorld world(fakes::hunt_question(5), fakes::breaks_from(2));
  world.settings.search.noise.emplace();
  const HuntResult result = world.run();
  CHECK(result.flaky);
  CHECK(result.notes.empty());
  CHECK(fakes::blamed(result.answer) == commit(2));
}

TEST_CASE("Each end is probed as often as asked", "[core][hunt]") {
  for (unsigned repeat = 1; repeat <= 5; ++repeat) {
    HuntWorld world(fakes::hunt_question(4), fakes::breaks_from(1));
    world.settings.repeat = repeat;
    const HuntResult result = world.run();
    CHECK(result.counts.controls == 2 * repeat);
    CHECK(fakes::blamed(result.answer) == commit(1));
  }
}

TEST_CASE("A hunt makes no more probes than its budget allows",
          "[core][hunt][budget]") {
  for (std::size_t workers = 1; workers <= 3; ++workers) {
    for (std::uint32_t culprit = 0; culprit < 6; ++culprit) {
      HuntWorld free(fakes::hunt_question(6), fakes::breaks_from(culprit),
                     workers);
      free.run();
      for (unsigned limit = 1; limit <= free.trials + 1; ++limit) {
        CAPTURE(workers, culprit, limit);
        HuntWorld world(fakes::hunt_question(6), fakes::breaks_from(culprit),
                        workers);
        world.settings.limits.probes = limit;
        const HuntResult cut = world.run();
        REQUIRE(cut.counts.total() <= limit);
        if (workers == 1) {
          REQUIRE(cut.counts.total() == std::min<std::size_t>(limit, free.trials));
          REQUIRE(cut.out_of_budget == (limit < free.trials));
        }
        // An answer that was cut short never leaves the culprit out.
        if (cut.out_of_budget && !cut.answer.suspects.empty()) {
          const auto blamed = fakes::blamed(cut.answer);
          REQUIRE(std::count(blamed.begin(), blamed.end(),
                             DeltaRef{true, culprit}) == 1);
        }
        // The same run with another budget goes on.
        world.settings.limits.probes = 0;
        const HuntResult whole = world.run();
        REQUIRE_FALSE(whole.out_of_budget);
        REQUIRE(fakes::blamed(whole.answer) == commit(culprit));
        if (workers == 1) REQUIRE(world.story() == free.story());
      }
    }
  }
}

TEST_CASE("A budget that ends before the last look says what that means",
          "[core][hunt][budget]") {
  HuntWorld free(fakes::hunt_question(6), fakes::breaks_from(3));
  free.run();
  HuntWorld world(fakes::hunt_question(6), fakes::breaks_from(3));
  world.settings.limits.probes = static_cast<unsigned>(free.trials) - 1;
  const HuntResult result = world.run();
  CHECK(result.out_of_budget);
  CHECK(fakes::blamed(result.answer) == commit(3));
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes.front().find("the budget ended before") == 0);
}

TEST_CASE("A hunt begins nothing that would end after its time",
          "[core][hunt][budget]") {
  for (int seconds = 1; seconds <= 12; ++seconds) {
    CAPTURE(seconds);
    HuntWorld world(fakes::hunt_question(6), fakes::breaks_from(3));
    world.settings.limits.time = std::chrono::seconds(seconds);
    const HuntResult result = world.run();
    const auto used = world.clock.elapsed();
    // Of the first one nobody knows how long it takes.
    CHECK(used <= std::max(1s, std::chrono::seconds(seconds)));
    HuntWorld free(fakes::hunt_question(6), fakes::breaks_from(3));
    free.run();
    CHECK(result.out_of_budget == (used < free.clock.elapsed()));
  }
}

TEST_CASE("Three infra in a row end a hunt, fewer do not",
          "[core][hunt][infra]") {
  for (std::uint32_t culprit = 0; culprit < 4; ++culprit) {
    HuntWorld sound(fakes::hunt_question(4), fakes::breaks_from(culprit));
    sound.run();
    for (unsigned first = 0; first < sound.trials; ++first) {
      for (unsigned count = 1; count <= 4; ++count) {
        CAPTURE(culprit, first, count);
        // The platform fails for `count` trials, from the `first` on.
        bool down = true;
        unsigned nth = 0;
        HuntWorld world(fakes::hunt_question(4),
                        [&, world = fakes::breaks_from(culprit)](
                            const Point& point, unsigned) {
                          const unsigned n = nth++;
                          return down && n >= first && n < first + count
                                     ? fakes::infra()
                                     : world(point);
                        });
        const HuntResult result = world.run();
        if (count >= 3 && world.trials >= first + 3) {
          REQUIRE(result.platform_down);
          REQUIRE(world.trials == first + 3);
        } else {
          REQUIRE_FALSE(result.platform_down);
        }
        // Once the platform is back the same run finds the culprit: what failed
        // says nothing about a release.
        down = false;
        const HuntResult again = world.run();
        REQUIRE_FALSE(again.platform_down);
        REQUIRE(again.answer.outcome == Answer::Outcome::culprit);
        REQUIRE(fakes::blamed(again.answer) == commit(culprit));
      }
    }
  }
}

TEST_CASE("Probes that an answer makes useless are called off",
          "[core][hunt][call-off]") {
  std::size_t called_off = 0;
  for (std::uint32_t culprit = 0; culprit < 5; ++culprit) {
    for (std::size_t workers = 2; workers <= 3; ++workers) {
      // How long the first trials after the controls take, in every order.
      for (unsigned order = 0; order < 9; ++order) {
        CAPTURE(culprit, workers, order);
        HuntWorld world(fakes::hunt_question(5), fakes::breaks_from(culprit),
                        workers);
        world.takes = [order](std::size_t nth) {
          unsigned digits = nth < 2 ? 0 : order;
          for (std::size_t i = 2; i < nth; ++i) digits /= 3;
          return std::chrono::seconds(1U << (digits % 3));
        };
        std::set<std::string> told;
        world.observer.cancelled = [&](const std::string& label) {
          told.insert(label);
        };
        const HuntResult result = world.run();
        REQUIRE(result.answer.outcome == Answer::Outcome::culprit);
        REQUIRE(fakes::blamed(result.answer) == commit(culprit));
        REQUIRE_FALSE(result.flaky);
        for (const Point& point : world.called_off) {
          REQUIRE(told.contains(label(world.question, point)));
        }
        REQUIRE(world.journal.all_probes.size() + world.called_off.size() ==
                world.trials);
        called_off += world.called_off.size();
      }
    }
  }
  CHECK(called_off > 5);
}

TEST_CASE("What a failure names is tried early", "[core][hunt][named]") {
  // With and without a hint the answer is the same; a right one saves probes.
  std::size_t with = 0, without = 0;
  for (std::uint32_t culprit = 0; culprit < 8; ++culprit) {
    Question question = fakes::hunt_question(8);
    HuntWorld plain(question, fakes::breaks_from(culprit));
    plain.run();
    for (std::uint32_t named = 0; named < 8; ++named) {
      CAPTURE(culprit, named);
      question.named = [named](const Failure&) { return commit(named); };
      HuntWorld world(question, fakes::breaks_from(culprit));
      REQUIRE(fakes::blamed(world.run().answer) == commit(culprit));
      REQUIRE(world.trials <= plain.trials + 2);
      if (named != culprit) continue;
      with += world.trials;
      without += plain.trials;
    }
  }
  CHECK(with < without);
}

TEST_CASE("An end that cannot be judged the second time was judged the first",
          "[core][hunt][named]") {
  for (const std::uint32_t end : {Point::kGoodCommit, 11U}) {
    Question question = fakes::hunt_question(12);
    question.named = [](const Failure&) { return commit(3); };
    HuntWorld world(std::move(question),
                    [end](const Point& point, unsigned before) {
                      return point.commit == end && before == 1
                                 ? fakes::skip()
                                 : fakes::breaks_from(3)(point);
                    });
    world.settings.repeat = 2;
    const HuntResult result = world.run();
    CHECK(result.answer.outcome == Answer::Outcome::culprit);
    CHECK(fakes::blamed(result.answer) == commit(3));
  }
}

TEST_CASE("A user who stops a hunt ends it at the next step", "[core][hunt]") {
  const Question question = fakes::hunt_question(5);
  fakes::ManualClock clock;
  fakes::MemoryJournal journal;
  fakes::FakeTrials trials(clock, [](const Trial& trial) {
    ProbeEvidence evidence;
    evidence.observation = fakes::breaks_from(2)(trial.proposal.point);
    return evidence;
  });
  HuntObserver observer;
  observer.verdict = [&](auto&&...) { trials.stop = journal.all_probes.size() == 2; };
  CHECK_THROWS_AS(
      hunt(question, {}, {trials, journal, clock}, "run", observer),
      Interrupted);
  CHECK(journal.all_probes.size() == 2);
}

TEST_CASE("A predicate that cannot run at an end ends the hunt",
          "[core][hunt]") {
  const Question question = fakes::hunt_question(5);
  fakes::ManualClock clock;
  fakes::MemoryJournal journal;
  fakes::FakeTrials trials(clock, [](const Trial&) {
    ProbeEvidence evidence;
    evidence.observation = fakes::bad();
    evidence.not_run = "check.sh was not found";
    return evidence;
  });
  CHECK_THROWS_WITH(hunt(question, {}, {trials, journal, clock}, "run", {}),
                    Catch::Contains("at the good release check.sh was not found") &&
                        Catch::Contains("outside of the repository"));
  CHECK(journal.all_probes.empty());
}

}  // namespace rung::hunt_test
