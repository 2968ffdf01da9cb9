// What shells complete: every command and every option that --help names.
#include <catch2/catch.hpp>
#include <set>
#include <sstream>
#include <string>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::e2e::completion_test {
namespace {

/// The words that begin with "--" in a help text's list of options.
std::set<std::string> options_in(const std::string& help) {
  std::set<std::string> options;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  -", 0) != 0) continue;
    const auto at = line.find("--");
    if (at == line.npos) continue;
    options.insert(line.substr(at, line.find_first_of(" ,", at) - at));
  }
  return options;
}

/// What bash offers for the last of these words.
std::string completed(const std::string& words, const fakes::TempFolder& in) {
  return ran({"bash", "-ec",
              "source <(\"$0\" completion bash); COMP_WORDS=(" + words +
                  "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _rung; "
                  "echo \"${COMPREPLY[*]}\"",
              RUNG_BINARY},
             in.path())
      .out;
}

}  // namespace

TEST_CASE("Every command and option is completed in every shell",
          "[e2e][completion]") {
  const fakes::TempFolder folder;
  const std::string shell = GENERATE("bash", "zsh", "fish");
  const Result script = rung({"completion", shell}, folder.path());
  REQUIRE(script.exit == 0);
  const bool fish = shell == "fish";
  for (const char* command : {"climb", "bisect", "recover", "explain"}) {
    CAPTURE(command);
    CHECK_THAT(script.out, Catch::Contains(command));
    const auto options =
        options_in(rung({command, "--help"}, folder.path()).out);
    CHECK(options.count("--help") == 1);
    for (const std::string& option : options) {
      CHECK_THAT(script.out, Catch::Contains(
                                 fish ? "-l " + option.substr(2) : option));
    }
  }
  // Not for people.
  CHECK_THAT(script.out, !Catch::Contains("supervise"));
}

TEST_CASE("bash completes commands, then their options",
          "[e2e][completion]") {
  const fakes::TempFolder folder;
  CHECK(completed("rung clim", folder) == "climb\n");
  CHECK(completed("rung bisect --good-e", folder) == "--good-env\n");
  CHECK(completed("rung status --good-e", folder) == "\n");
  CHECK(completed("rung bisect ba", folder) == "back\n");
  const Result other = rung({"completion", "tcsh"}, folder.path());
  CHECK(other.exit == 129);
  CHECK_THAT(other.log, Catch::Contains("bash, zsh and fish"));
}

}  // namespace rung::e2e::completion_test
