// Where the output goes, and what becomes of the work when it cannot.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"

namespace rung::e2e::output_test {
namespace {

/// A bisect of 16 commits, in a shell that does the rest.
Result in_a_shell(const BrokenService& service, const std::string& good,
                  const std::string& bad, const std::string& rest) {
  const std::string bisect =
      "\"$0\" bisect --source app --good " + good + " --bad " + bad +
      " --command '! grep -q die behaviour'";
  std::string words = rest;
  words.replace(words.find("RUNG"), 4, bisect);
  return ran({"/bin/sh", "-c", words, RUNG_BINARY}, service.folder(), {});
}

}  // namespace

TEST_CASE("A reader that leaves early ends nothing", "[e2e][output]") {
  BrokenService service;
  const auto fine = service.commits(8);
  const auto broken = service.commits(8, "die 1 Error: no\n");
  const Result result =
      in_a_shell(service, fine.front(), broken.back(),
                 "( RUNG; echo $? > code ) 2>&1 | head -n 1");
  CAPTURE(result.out, result.log);
  std::string code;
  std::ifstream(service.folder() / "code") >> code;
  CHECK(code == "1");
  const Result log =
      rung({"log", service.root().string(), "--json"}, service.folder());
  CHECK(log.json()["runs"][0]["outcome"] == "culprit");
}

TEST_CASE("A result that cannot be written is no success", "[e2e][output]") {
  BrokenService service;
  const auto fine = service.commits(2);
  const auto broken = service.commits(2, "die 1 Error: no\n");
  const Result result = in_a_shell(service, fine.front(), broken.back(),
                                   "RUNG > /dev/full");
  CAPTURE(result.log);
  CHECK(result.exit == 128);
  CHECK(result.log.find("rung: cannot write the result: No space left") !=
        std::string::npos);
  // On record it is, and the same command shows it.
  CHECK(in_a_shell(service, fine.front(), broken.back(), "RUNG").exit == 1);
}

}  // namespace rung::e2e::output_test
