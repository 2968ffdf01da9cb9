#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"
#include "tests/fakes/rounds.hpp"

// --workers k: trials beside each other shorten the search as promised.
namespace rung::e2e::workers_test {

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
  struct Case {
    std::map<std::string, std::string> broken;
    const char* workers;
  };
  const auto c = GENERATE(values<Case>(
      {{{{"start.sh",
          "echo \"Error: Cannot find module '$PWD/lib/x.js'\" >&2\n"
          "exit 1\n"}},
        "2"},
       // Two trials at a time would take the port from each other.
       {{{"behaviour", "port NO_SUCH_NAME 34567\n"}}, "1"}}));
  BrokenService service;
  auto& repository = service.repository();
  const std::string good = repository.commit_files(
      {{"start.sh", "exec " RUNG_TEST_SERVICE}, {"behaviour", "port PORT\n"}});
  const std::string guilty = repository.commit_files(c.broken);
  std::string last;
  for (const char* text : {"1", "2", "3", "4"}) {
    last = repository.commit_files({{"notes", text}});
  }
  const Result result =
      rung({"bisect", "--json", "--source", service.root().string(), "--good",
            good, "--bad", last, "--workers", c.workers, "--port", "auto",
            "--start", "sh start.sh", "--gate", "http /health deadline=4s"},
           service.folder());
  CAPTURE(result.log);
  const auto json = result.json();
  CHECK(culprits(json) ==
        std::vector<std::vector<std::string>>{{"commit " + guilty}});
  REQUIRE(json["findings"].size() == 1);
  CHECK(json["findings"][0]["changed_at"].is_null());
  CHECK(json["failure"]["message"].get<std::string>().find("checkout") ==
        std::string::npos);
}

}  // namespace rung::e2e::workers_test
