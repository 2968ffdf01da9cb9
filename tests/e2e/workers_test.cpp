#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"
#include "tests/fakes/rounds.hpp"

// --workers k: trials beside each other shorten the search as promised.
namespace rung::e2e::workers_test {

namespace {

/// `rung bisect` of start.sh with several workers, each trial on its own port.
Result bisect(BrokenService& service, const char* workers,
              const std::string& good, const std::string& bad) {
  return rung(
      {"bisect", "--json", "--source", service.root().string(), "--good", good,
       "--bad", bad, "--workers", workers, "--port", "auto", "--start",
       "sh start.sh", "--gate", "http /health deadline=4s"},
      service.folder());
}

}  // namespace

TEST_CASE("k workers need at most ceil(log_{k+1} n) + 4 rounds",
          "[e2e][workers]") {
  struct Case {
    std::size_t commits, workers;
  };
  const auto c = GENERATE(values<Case>({{26, 2}, {64, 3}}));
  for (const std::size_t culprit : {c.commits / 3, c.commits - 1}) {
    BrokenService service;
    std::vector<std::string> ids = service.commits(culprit);
    for (const auto& id : service.commits(
             c.commits + 1 - culprit, "die 1 Error: Cannot find module\n")) {
      ids.push_back(id);
    }
    // As long as any other start, whatever becomes of it: rounds of equal
    // trials are what is promised.
    const Result result = service.bisect(
        {"--good", ids.front(), "--bad", ids.back(), "--workers",
         std::to_string(c.workers), "--start",
         "sleep 0.5; exec " RUNG_TEST_SERVICE});
    CAPTURE(c.commits, c.workers, culprit, result.log);
    CHECK(culprits(result.json()) ==
          std::vector<std::vector<std::string>>{{"commit " + ids[culprit]}});
    CHECK(fakes::rounds_of_last_run(service.root()) <=
          fakes::promised_rounds(c.commits, c.workers));
  }
}

TEST_CASE("Where a trial lies and which port it has is no other failure",
          "[e2e][workers]") {
  using Files = std::map<std::string, std::string>;
  const auto broken = GENERATE(values<Files>(
      {{{"start.sh",
         "echo \"Error: Cannot find module '$PWD/lib/x.js'\" >&2\n"
         "exit 1\n"}},
       {{"behaviour", "port NO_SUCH_NAME 34567\n"}}}));
  BrokenService service;
  auto& repository = service.repository();
  const std::string good = repository.commit_files(
      {{"start.sh", "exec " RUNG_TEST_SERVICE}, {"behaviour", "port PORT\n"}});
  const std::string guilty = repository.commit_files(broken);
  std::string last;
  for (const char* text : {"1", "2", "3", "4"}) {
    last = repository.commit_files({{"notes", text}});
  }
  const Result result = bisect(service, "2", good, last);
  CAPTURE(result.log);
  const auto json = result.json();
  CHECK(culprits(json) ==
        std::vector<std::vector<std::string>>{{"commit " + guilty}});
  REQUIRE(json["findings"].size() == 1);
  CHECK(json["findings"][0]["changed_at"].is_null());
  CHECK(json["failure"]["message"].get<std::string>().find("checkout") ==
        std::string::npos);
}

TEST_CASE("Trials that bind a port of their own choice run one at a time",
          "[e2e][workers]") {
  BrokenService service;
  auto& repository = service.repository();
  // It says nothing when the port is taken; many a program does not.
  const std::string good = repository.commit_files(
      {{"start.sh", "exec " RUNG_TEST_SERVICE " 2>/dev/null"},
       // Long enough to be seen with its port when another ends for want of it.
       {"behaviour", "also 9917\nsleep 500\nport PORT\n"}});
  std::string last, guilty;
  for (int i = 0; i < 12; ++i) {
    last = repository.commit_files({{"notes", std::to_string(i)}});
    if (i != 7) continue;
    guilty = repository.commit_files(
        {{"behaviour", "also 9917\nsleep 500\nport PORT\nstatus 500\n"}});
  }
  const Result result = bisect(service, "3", good, last);
  CAPTURE(result.log);
  const auto json = result.json();
  CHECK(culprits(json) ==
        std::vector<std::vector<std::string>>{{"commit " + guilty}});
  CHECK(json["failure"]["cause"] == "health-check-5xx");
  CHECK(json["gate_rates"].is_null());
  const std::string notes = json["notes"].dump();
  CHECK(notes.find("trials ran one at a time") != std::string::npos);
  CHECK(notes.find("9917") != std::string::npos);
}

}  // namespace rung::e2e::workers_test
