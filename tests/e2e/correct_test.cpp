#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"

// A verdict on record is corrected by hand; the search goes on from there.
namespace rung::e2e::correct_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;
using nlohmann::json;

json newest_run(BrokenService& service) {
  return json::parse(
      rung({"log", service.root().string(), "--json"}, service.folder())
          .out)["runs"][0];
}

/// A predicate that is wrong about one commit as long as `lies` says so, and
/// writes down which commits it was asked about.
struct Predicate {
  BrokenService& service;
  std::string lies, asked, command;

  explicit Predicate(BrokenService& of)
      : service(of),
        lies(of.file("lies", "")),
        asked(of.file("asked", "")),
        command("echo $RUNG_COMMIT >> " + asked +
                "; if grep -q $RUNG_COMMIT " + lies +
                "; then exit 1; fi; ! grep -q die behaviour") {}

  std::vector<std::string> asked_since(std::size_t before) const {
    std::ifstream file(asked);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return {all.begin() + static_cast<std::ptrdiff_t>(
                              std::min(before, all.size())),
            all.end()};
  }
};

}  // namespace

TEST_CASE("A corrected verdict changes the answer without probing again",
          "[e2e][correct]") {
  BrokenService service;
  const auto fine = service.commits(12);
  const auto broken = service.commits(4, "die 1 Error: no\n");
  Predicate predicate(service);
  // The first place searched is said to be bad although it is good.
  const std::string middle = fine[7];
  service.file("lies", middle + "\n");
  const std::vector<std::string> question = {
      "--good",    fine.front(),      "--bad", broken.back(),
      "--command", predicate.command};
  const Result first = service.bisect(question);
  CAPTURE(first.log);
  REQUIRE(culprits(first.json()) == Sets{{"commit " + middle}});
  const auto asked = predicate.asked_since(0).size();

  std::vector<json> told;
  const json run = newest_run(service);
  for (const json& probe : run["probes"]) {
    if (probe["label"] == "commit " + middle.substr(0, 10)) {
      told.push_back(probe);
    }
  }
  REQUIRE_FALSE(told.empty());
  service.file("lies", "");
  // The search, the look again and the proof judged one release: one word
  // about it is enough.
  REQUIRE(told.size() > 1);
  const std::vector<std::string> edit = {
      "log", service.root().string(), "--json", "--edit",
      std::to_string(told.front()["id"].get<int>()) + "=good"};
  const Result edited = rung(edit, service.folder());
  CAPTURE(edited.log);
  REQUIRE(edited.exit == 0);
  CHECK(edited.json()["edited"].size() == told.size());
  CHECK(edited.json()["was"] == "bad");
  CHECK(rung(edit, service.folder()).log.find("it is good already") !=
        std::string::npos);
  const Result second =
      rung({"resume", service.root().string(), "--json"}, service.folder());
  CAPTURE(second.log);
  CHECK(second.exit == 1);
  CHECK(culprits(second.json()) == Sets{{"commit " + broken.front()}});
  // Neither end was asked again, nor any place that is on record.
  const auto again = predicate.asked_since(asked);
  CHECK_FALSE(again.empty());
  for (const std::string& id : again) {
    CHECK(id != fine.front());
    CHECK(id != broken.back());
    CHECK(id != middle);
  }
}

TEST_CASE("bisect back takes the last verdict back and goes on",
          "[e2e][correct]") {
  BrokenService service;
  const auto fine = service.commits(8);
  const auto broken = service.commits(8, "die 1 Error: no\n");
  Predicate predicate(service);
  const Result first =
      service.bisect({"--good", fine.front(), "--bad", broken.back(),
                      "--command", predicate.command});
  REQUIRE(culprits(first.json()) == Sets{{"commit " + broken.front()}});
  const auto before = newest_run(service)["probes"].size();
  const auto asked = predicate.asked_since(0);

  const Result back = rung({"bisect", "back", service.root().string(), "--json"},
                           service.folder());
  CAPTURE(back.log);
  CHECK(back.exit == 1);
  CHECK(back.log.find("took back: ") != std::string::npos);
  CHECK(culprits(back.json()) == Sets{{"commit " + broken.front()}});
  // Just that release was probed anew.
  CHECK(predicate.asked_since(asked.size()) ==
        std::vector<std::string>{asked.back()});
  const json run = newest_run(service);
  CHECK(run["probes"].size() == before + 1);
  CHECK(run["probes"][before - 1]["verdict"] == "infra");
  CHECK(run["outcome"] == "culprit");
}

TEST_CASE("A correction that cannot be made says what to write",
          "[e2e][correct]") {
  BrokenService service;
  const auto ids = service.commits(4);
  const auto log = [&](const std::string& edit) {
    return rung({"log", service.root().string(), "--edit", edit},
                service.folder());
  };
  const Result none =
      rung({"bisect", "back", service.root().string()}, service.folder());
  CHECK(none.exit == 128);
  CHECK(none.log.find("no journal there yet") != std::string::npos);

  service.bisect({"--good", ids.front(), "--bad", ids.back()});
  for (const std::string edit :
       {"", "good", "1", "1=", "=good", "1=fine", "x=good", "1=infra", "1 =bad",
        "99999999999999999999=bad"}) {
    if (edit.empty()) continue;
    const Result result = log(edit);
    CAPTURE(edit, result.log);
    CHECK(result.exit == 129);
    CHECK(result.log.find("PROBE=good") != std::string::npos);
  }
  const Result absent = log("4711=good");
  CHECK(absent.exit == 129);
  CHECK(absent.log.find("no probe 4711") != std::string::npos);
}

TEST_CASE("bisect finds what repaired a service", "[e2e][find_fix]") {
  BrokenService service;
  const auto broken = service.commits(11, "die 1 Error: no\n");
  const auto fine = service.commits(9);
  const std::vector<std::string> question = {"--bad", broken.front(), "--good",
                                             fine.back()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), question.begin(), question.end());
    return service.bisect(more);
  };
  const Result result = with({"--find-fix"});
  const auto report = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK(report["hunt"] == "fix");
  CHECK(report["outcome"] == "culprit");
  CHECK(culprits(report) == Sets{{"commit " + fine.front()}});
  CHECK(report["findings"][0]["proof"][0]["verdict"] == "good");
  CHECK(report["findings"][0]["proof"][1]["verdict"] == "bad");
  CHECK(report["failure"]["stage"] == "start");
  check_probes(report, 19);

  SECTION("without the option the swapped ends are noticed") {
    const Result swapped = with({});
    CHECK(swapped.exit == 129);
    CHECK(swapped.log.find("--find-fix") != std::string::npos);
  }
  SECTION("what repaired it may be a variable") {
    const auto bad = service.env_file("bad.env", 5, "x", {});
    const auto good = service.env_file("good.env", 5, "x", {{"FIXED", "1"}});
    service.commit("if-unset FIXED: die 1 Error: no\n");
    const Result found = service.bisect(
        {"--find-fix", "--bad-env", bad, "--good-env", good});
    CAPTURE(found.log);
    CHECK(found.exit == 0);
    CHECK(culprits(found.json()) == Sets{{"env FIXED added"}});
  }
  SECTION("an end that is not as told ends the search") {
    const Result healthy = service.bisect({"--find-fix", "--bad", fine.front(),
                                           "--good", fine.back()});
    CHECK(healthy.json()["outcome"] == "not-reproducible");
    CHECK(healthy.exit == 0);
    const Result still = service.bisect({"--find-fix", "--bad", broken.front(),
                                         "--good", broken.back()});
    CHECK(still.json()["outcome"] == "drift");
    CHECK(still.exit == 125);
  }
}

TEST_CASE("The user's words for good and bad are in the text only",
          "[e2e][find_fix]") {
  BrokenService service;
  const auto fine = service.commits(5);
  const auto broken = service.commits(5, "die 1 Error: no\n");
  const std::vector<std::string> words = {
      "bisect",        "--source",    service.root().string(),
      "--port",        "0",           "--start",
      "exec " RUNG_TEST_SERVICE, "--gate",
      "http /health status=200 deadline=20s", "--good", fine.front(),
      "--bad",         broken.back(), "--term-good",
      "fast",          "--term-bad",  "slow"};
  const Result text = rung(words, service.folder());
  CAPTURE(text.log);
  CHECK(text.out.find("this commit: fails like this") != std::string::npos);
  CHECK(text.out.find("the commit before it: healthy") != std::string::npos);
  CHECK(text.log.find("between fast and slow: ") != std::string::npos);
  CHECK(text.log.find(": slow  the slow release (control)") !=
        std::string::npos);
  for (const char* word : {" good", " bad"}) {
    CHECK(text.log.find(word) == std::string::npos);
  }
  auto more = words;
  more.emplace_back("--json");
  const auto report = rung(more, service.folder()).json();
  CHECK(report["terms"] == json{{"good", "fast"}, {"bad", "slow"}});
  CHECK(report["findings"][0]["proof"][0]["label"] == "this commit");
  CHECK(report["findings"][0]["proof"][0]["verdict"] == "bad");

  auto same = words;
  same.back() = "fast";
  CHECK(rung(same, service.folder()).exit == 129);
}

}  // namespace rung::e2e::correct_test
