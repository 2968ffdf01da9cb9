#include <catch2/catch.hpp>

#include "core/climbing/from_before.hpp"
#include "tests/fakes/memory_journal.hpp"

namespace rung::from_before_test {
namespace {

const PhaseRecord kPhase{"shop", "full", "local", "release-1", "gates-1"};

ProbeRecord probe(const std::string& run, Verdict verdict,
                  const std::string& release = "release-1",
                  const std::string& gates = "gates-1") {
  ProbeRecord record;
  record.run = run;
  record.release_id = release;
  record.gate_id = gates;
  record.observation.verdict = verdict;
  return record;
}

}  // namespace

TEST_CASE("Of other runs only a good verdict counts, and not when all is fresh",
          "[core][climbing]") {
  for (const Verdict verdict :
       {Verdict::good, Verdict::bad, Verdict::skip, Verdict::infra}) {
    CAPTURE(to_string(verdict));
    fakes::MemoryJournal journal;
    journal.add_probe(probe("yesterday", verdict));
    CHECK(verdict_from_before(journal, "", kPhase, false).has_value() ==
          (verdict == Verdict::good));
    CHECK_FALSE(verdict_from_before(journal, "", kPhase, true));
    // The run goes on, but has not asked this yet.
    CHECK_FALSE(verdict_from_before(journal, "today", kPhase, true));
  }
}

TEST_CASE("A run that goes on keeps every verdict of its own but infra",
          "[core][climbing]") {
  for (const bool fresh : {false, true}) {
    for (const Verdict verdict :
         {Verdict::good, Verdict::bad, Verdict::skip, Verdict::infra}) {
      CAPTURE(fresh, to_string(verdict));
      fakes::MemoryJournal journal;
      journal.add_probe(probe("today", verdict));
      CHECK(verdict_from_before(journal, "today", kPhase, fresh).has_value() ==
            (verdict != Verdict::infra));
    }
  }
}

TEST_CASE("Its own verdict comes before a better one of another run",
          "[core][climbing]") {
  fakes::MemoryJournal journal;
  journal.add_probe(probe("today", Verdict::bad));
  journal.add_probe(probe("tomorrow", Verdict::good));
  const auto known = verdict_from_before(journal, "today", kPhase, false);
  REQUIRE(known);
  CHECK(known->observation.verdict == Verdict::bad);
}

TEST_CASE("A verdict on another release or under other gates does not count",
          "[core][climbing]") {
  fakes::MemoryJournal journal;
  journal.add_probe(probe("today", Verdict::good, "release-2"));
  journal.add_probe(probe("today", Verdict::good, "release-1", "gates-2"));
  CHECK_FALSE(verdict_from_before(journal, "today", kPhase, false));
  CHECK_FALSE(verdict_from_before(journal, "", kPhase, false));
}

TEST_CASE("Known goods of a phase: its own, newest first, but not itself",
          "[core][climbing]") {
  fakes::MemoryJournal journal;
  journal.add_known_good({"shop", "full", "local", "old", 1});
  journal.add_known_good({"shop", "full", "local", "release-1", 2});
  journal.add_known_good({"shop", "full", "local", "newer", 3});
  journal.add_known_good({"shop", "web", "local", "another phase", 4});
  journal.add_known_good({"shop", "full", "render", "another target", 5});
  journal.add_known_good({"blog", "full", "local", "another plan", 6});
  CHECK(known_goods_beside(journal, kPhase) ==
        std::vector<std::string>{"newer", "old"});
}

TEST_CASE("Going back from one known good to the one before never comes back",
          "[core][climbing]") {
  fakes::MemoryJournal journal;
  std::int64_t at = 0;
  for (const char* id :
       {"v1", "v2", "v2", "v3", "v1"}) {  // v1 was climbed again
    journal.add_known_good({"shop", "low", "local", "low of later", ++at});
    journal.add_known_good({"shop", "full", "local", id, ++at});
    journal.add_known_good({"shop", "full", "render", "elsewhere", ++at});
  }
  const auto before = [&](const std::string& release) {
    std::vector<std::string> ids;
    for (const KnownGood& good :
         known_goods_before(journal, "shop", "full", "local", release)) {
      ids.push_back(good.release_id);
    }
    return ids;
  };
  using Ids = std::vector<std::string>;
  CHECK(before("v1") == Ids{"v3", "v2"});
  CHECK(before("v3") == Ids{"v2"});
  CHECK(before("v2").empty());
  CHECK(before("never known good") == Ids{"v1", "v3", "v2"});
}

}  // namespace rung::from_before_test
