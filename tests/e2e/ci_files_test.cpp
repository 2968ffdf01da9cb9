// action.yml and the workflows in plans/examples/ci, as a runner runs them.
#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/text_of.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::ci_files_test {
namespace {

using Catch::Contains;
using fakes::text_of;

const fs::path kRoot = RUNG_SOURCE_DIR;

/// What the workflow gives the action to run.
std::string run_of(const std::string& workflow) {
  const YAML::Node file =
      YAML::LoadFile(kRoot / "plans/examples/ci" / workflow);
  std::string run;
  for (const auto& job : file["jobs"]) {
    for (const auto& step : job.second["steps"]) {
      if (step["with"] && step["with"]["run"]) {
        run = step["with"]["run"].as<std::string>();
      }
    }
  }
  REQUIRE_FALSE(run.empty());
  return run;
}

std::string step_of_action(const std::string& id) {
  for (const auto& step :
       YAML::LoadFile(kRoot / "action.yml")["runs"]["steps"]) {
    if (step["id"] && step["id"].as<std::string>() == id) {
      CHECK(step["shell"].as<std::string>() == "bash");
      return step["run"].as<std::string>();
    }
  }
  return "";
}

/// The last step of the action on a runner that has a built rung.
class Runner {
 public:
  Runner() {
    fs::create_directories(folder_.path() / "rung-bin");
    fs::create_symlink(RUNG_BINARY, folder_.path() / "rung-bin/rung");
  }
  [[nodiscard]] Result runs(const std::string& step, const std::string& run,
                            const fs::path& where) const {
    return ran({"bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step},
               where,
               {{"RUNG_RUN", run},
                {"RUNNER_TEMP", folder_.path().string()},
                {"GITHUB_ACTIONS", "true"},
                {"GITHUB_ACTION_PATH", kRoot.string()},
                {"GITHUB_OUTPUT", output().string()},
                {"GITHUB_STEP_SUMMARY", summary().string()},
                {"CMAKE_GENERATOR", "Ninja"}});
  }
  [[nodiscard]] fs::path output() const { return folder_.path() / "output"; }
  [[nodiscard]] fs::path summary() const { return folder_.path() / "summary"; }

 private:
  fakes::TempFolder folder_;
};

/// A CMake project with one test, which fails from the fourth commit on.
std::string project(fakes::GitRepository& repository) {
  repository.commit_files(
      {{"CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.22)\nproject(shop NONE)\n"
        "enable_testing()\n"
        "add_test(NAME price COMMAND sh ${CMAKE_SOURCE_DIR}/price.sh)\n"},
       {"price.sh", "exit 0\n"},
       {"Makefile", "check:\n\tsh price.sh\n"}});
  std::string guilty;
  for (int i = 2; i < 7; ++i) {
    std::map<std::string, std::string> files = {{"n", std::to_string(i)}};
    if (i == 4) files["price.sh"] = "echo too dear; exit 1\n";
    const std::string id = repository.commit_files(files);
    if (i == 4) guilty = id;
  }
  repository.check_out();
  return guilty;
}

}  // namespace

TEST_CASE("The nightly workflow names the commit where people look",
          "[e2e][ci_files]") {
  const Runner runner;
  fakes::GitRepository repository;
  const std::string guilty = project(repository);
  const Result night = runner.runs(
      step_of_action("rung"), run_of("nightly-suite.yml"), repository.root());
  CAPTURE(night.log);
  CHECK(night.exit == 1);
  CHECK_THAT(text_of(runner.output()), Contains(guilty.substr(0, 10)));
  CHECK_THAT(text_of(runner.summary()), Contains(guilty.substr(0, 10)));
  CHECK_THAT(night.log, Contains("::error "));
}

TEST_CASE("The action tells one version of rung from another",
          "[e2e][ci_files]") {
  const Runner runner;
  const std::string step = step_of_action("version");
  REQUIRE_FALSE(step.empty());
  CHECK(runner.runs(step, "", kRoot).exit == 0);
  CHECK_THAT(text_of(runner.output()), Contains("sources="));
}

TEST_CASE("Each workflow that is shipped uses the action as it is",
          "[e2e][ci_files]") {
  const YAML::Node action = YAML::LoadFile(kRoot / "action.yml");
  CHECK(action["runs"]["using"].as<std::string>() == "composite");
  for (const char* name :
       {"nightly-suite.yml", "nightly-plan.yml", "red-main.yml"}) {
    CAPTURE(name);
    CHECK_THAT(run_of(name), Contains("rung "));
  }
  // Without rung's own options it would be a usage error (129).
  const Runner runner;
  fakes::GitRepository repository;
  project(repository);
  const Result bisect =
      runner.runs(step_of_action("rung"),
                  "git() { command git rev-list --max-parents=0 HEAD; }\n" +
                      run_of("red-main.yml"),
                  repository.root());
  CAPTURE(bisect.log);
  CHECK(bisect.exit == 1);
}

}  // namespace rung::e2e::ci_files_test
