#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"

// More than one thing is wrong, or nothing is.
namespace rung::e2e::bisect_failures_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;

const std::string kNoModule = "die 1 Error: Cannot find module 'paint'\n";
const std::string kNoTable = "die 1 Error: relation \"orders\" does not exist\n";

}  // namespace

TEST_CASE("bisect blames no change when the good release fails now",
          "[e2e][bisect_failures]") {
  BrokenService service;
  const auto ids = service.commits(10, kNoModule);
  const Result result =
      service.bisect({"--good", ids.front(), "--bad", ids.back()});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK(json["outcome"] == "drift");
  CHECK(json["culprits"].empty());
  CHECK(json["suspects"].empty());
  // A good release that fails is looked at until a gate that lies would have
  // been found out.
  CHECK(json["probes"]["total"].get<int>() <= 5);
}

TEST_CASE("bisect asks an end that cannot be judged as often as told, no more",
          "[e2e][bisect_failures]") {
  BrokenService service;
  const auto ids = service.commits(4);
  // Which end cannot be judged, and how often the controls are wanted.
  const std::string end = GENERATE("*", "good", "bad");
  const std::string repeat = GENERATE("1", "3");
  CAPTURE(end, repeat);
  const std::string only = end == "*" ? "" : end == "good" ? ids.front() : ids.back();
  const Result result = service.bisect(
      {"--good", ids.front(), "--bad", ids.back(), "--repeat", repeat,
       "--max-time", "20s", "--command",
       "case $RUNG_COMMIT in " + only + "*) exit 125;; " + ids.front() +
           ") exit 0;; esac; exit 1"});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK(json["outcome"] == "no-verdict");
  CHECK(json["culprits"].empty());
  CHECK(json["probes"]["total"].get<int>() <= 4);
}

TEST_CASE("bisect blames no change when the bad release works now",
          "[e2e][bisect_failures]") {
  BrokenService service;
  const auto ids = service.commits(10);
  const Result result =
      service.bisect({"--good", ids.front(), "--bad", ids.back()});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK(json["outcome"] == "not-reproducible");
  CHECK(json["culprits"].empty());
  // What surprises is looked at twice.
  CHECK(json["probes"]["total"].get<int>() <= 3);
}

TEST_CASE("bisect finds two failures that hide each other, in their order",
          "[e2e][bisect_failures]") {
  BrokenService service;
  service.commit("if-unset PAINT: " + kNoModule + "if-env K2=after: " +
                 kNoTable);
  const std::vector<std::string> ends = {
      "--good-env", service.env_file("good.env", 8, "before", {{"PAINT", "1"}}),
      "--bad-env", service.env_file("bad.env", 8, "after", {})};

  SECTION("both, the second one with its own failure") {
    const Result result = service.bisect(ends);
    const auto json = result.json();
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK(culprits(json).size() == 2);
    auto sets = culprits(json);
    std::sort(sets.begin(), sets.end());
    CHECK(sets == Sets{{"env K2 changed"}, {"env PAINT removed"}});
    for (const auto& finding : json["findings"]) {
      const bool paint = named(finding["culprit"][0]) == "env PAINT removed";
      CHECK((finding["failure"]["message"].get<std::string>().find("module") !=
             std::string::npos) == paint);
    }
  }
  SECTION("--first stops after one") {
    auto arguments = ends;
    arguments.emplace_back("--first");
    const Result result = service.bisect(arguments);
    const auto json = result.json();
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK(culprits(json).size() == 1);
    check_probes(json, 9, 2);  // the other failure is followed to its end
  }
}

TEST_CASE("bisect finds failures of two stages, each with its own culprit",
          "[e2e][bisect_failures]") {
  BrokenService service;
  // One ends the process, the other makes it answer 500.
  service.commit("if-unset COLOURS: " + kNoModule +
                 "if-env K2=after: status 500\n");
  const Result result = rung(
      {"bisect", "--source", service.root().string(), "--json", "--port", "0",
       "--gate", "http /health status=200 deadline=20s settled=2s", "--start",
       "exec " RUNG_TEST_SERVICE, "--good-env",
       service.env_file("good.env", 8, "before", {{"COLOURS", "1"}}),
       "--bad-env", service.env_file("bad.env", 8, "after", {})},
      service.folder());
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(json) == Sets{{"env COLOURS removed"}, {"env K2 changed"}});
  REQUIRE(json["findings"].size() == 2);
  CHECK(json["findings"][0]["failure"]["stage"] == "start");
  CHECK(json["findings"][1]["failure"]["stage"] == "health");
}

TEST_CASE("bisect does not blame a commit that the next one repaired",
          "[e2e][bisect_failures]") {
  unsigned met = 0;
  for (const std::size_t broken : {3u, 7u, 8u, 11u}) {
    CAPTURE(broken);
    BrokenService service;
    constexpr std::size_t kCulprit = 12;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < 17; ++i) {
      ids.push_back(service.commit(i == broken      ? kNoTable
                                   : i >= kCulprit ? kNoModule
                                                   : ""));
    }
    const Result result =
        service.bisect({"--good", ids.front(), "--bad", ids.back()});
    const auto json = result.json();
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK(json["outcome"] == "culprit");
    if (broken + 1 == kCulprit) {
      // Nothing repaired it before the hunted failure began: both are named.
      REQUIRE(json["findings"].size() == 1);
      CHECK(culprits(json)[0] ==
            std::vector<std::string>{"commit " + ids[broken]});
      CHECK(named(json["findings"][0]["changed_at"]) ==
            "commit " + ids[kCulprit]);
      continue;
    }
    CHECK(culprits(json) == Sets{{"commit " + ids[kCulprit]}});
    for (const auto& repaired : json["repaired"]) {
      ++met;
      CHECK(named(repaired["broken_by"]) == "commit " + ids[broken]);
      CHECK(named(repaired["repaired_by"]) == "commit " + ids[broken + 1]);
      CHECK(repaired["failure"]["message"].get<std::string>().find("orders") !=
            std::string::npos);
    }
  }
  CHECK(met > 0);
}

TEST_CASE("bisect names the first break when the end fails for a later reason",
          "[e2e][bisect_failures]") {
  BrokenService service;
  const auto fine = service.commits(5);
  const auto first = service.commits(7, kNoModule);
  const auto later = service.commits(5, kNoTable + kNoModule);
  const std::vector<std::string> ends = {"--good", fine.front(), "--bad",
                                         later.back()};

  SECTION("with its own failure and where that changed") {
    const Result result = service.bisect(ends);
    const auto json = result.json();
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    REQUIRE_FALSE(json["findings"].empty());
    const auto& finding = json["findings"][0];
    CHECK(named_all(finding["culprit"]) ==
          std::vector<std::string>{"commit " + first.front()});
    CHECK(finding["failure"]["message"].get<std::string>().find("module") !=
          std::string::npos);
    CHECK(named(finding["changed_at"]) == "commit " + later.front());
    CHECK(json["repaired"].empty());
  }
  SECTION("--only-this-failure hunts the failure of the end alone") {
    auto arguments = ends;
    arguments.emplace_back("--only-this-failure");
    const Result result = service.bisect(arguments);
    const auto json = result.json();
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK(json["outcome"] == "suspects");
    // What fails otherwise cannot be judged: the later break or one of those.
    std::vector<std::string> expected = {"commit " + later.front()};
    for (const auto& id : first) expected.push_back("commit " + id);
    std::sort(expected.begin(), expected.end());
    CHECK(named_all(json["suspects"]) == expected);
    CHECK(json["failure"]["message"].get<std::string>().find("orders") !=
          std::string::npos);
  }
}

}  // namespace rung::e2e::bisect_failures_test
