#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"

// What a command can meet in a checkout, and how it can end.
namespace rung::e2e::predicate_test {
namespace {

namespace fs = std::filesystem;

using fakes::GitRepository;
using fakes::TemporaryFolder;
using Sets = std::vector<std::vector<std::string>>;
using Words = std::vector<std::string>;

Result bisect(const GitRepository& repository, const std::string& good,
              const std::string& bad, const std::string& command,
              Words more = {},
              const std::map<std::string, std::string>& env = {}) {
  more.insert(more.begin(),
              {"bisect", "--source", repository.root().string(), "--good", good,
               "--bad", bad, "--command", command});
  return rung(more, repository.root(), env);
}

std::string commit(GitRepository& repository, const std::string& name,
                   const std::string& text) {
  return repository.commit_files({{name, text}});
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("What is committed stays where something untracked has its place",
          "[e2e][predicate]") {
  GitRepository repository;
  const TemporaryFolder disk;
  commit(repository, "f", "ok");
  const auto good = commit(repository, "t.sh", "grep -q ok f\n");
  repository.commit_files(
      {{"data/x", "d"}, {"t.sh", "grep -q d data/x && grep -q ok f\n"}});
  for (const char* n : {"1", "2", "3"}) commit(repository, "n", n);
  repository.commit({{"data", std::nullopt},
                     {"t.sh", fakes::RepositoryFile{"grep -q ok f\n"}}});
  for (const char* n : {"4", "5"}) commit(repository, "n", n);
  const auto culprit = commit(repository, "f", "bad");
  const auto bad = commit(repository, "n", "6");
  repository.check_out();
  const bool link = GENERATE(true, false);
  if (link) {
    write(disk.path() / "x", "of the user");
    fs::create_symlink(disk.path(), repository.root() / "data");
  } else {
    write(repository.root() / "data", "a file");
  }
  const auto result = bisect(repository, good, bad, "sh t.sh", {"--json"});
  CAPTURE(result.log, link);
  CHECK(culprits(result.json()) == Sets{{"commit " + culprit}});
  if (link) {
    std::ifstream in(disk.path() / "x");
    CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == "of the user");
  }
}

TEST_CASE("An untracked file yields to a committed one in place of its folder",
          "[e2e][predicate]") {
  GitRepository repository;
  const auto good = repository.commit_files({{"conf", "1"}, {"f", "ok"}});
  commit(repository, "n", "1");
  const auto culprit = commit(repository, "f", "bad");
  const auto bad = repository.commit({{"conf", std::nullopt}});
  repository.check_out();
  write(repository.root() / "conf/inner", "mine");
  const auto result = bisect(repository, good, bad, "grep -q ok f", {"--json"});
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"commit " + culprit}});
}

TEST_CASE("A secret of the caller's environment is not shown",
          "[e2e][predicate]") {
  GitRepository repository;
  const auto good = commit(repository, "f", "ok");
  const auto bad = commit(repository, "f", "bad");
  const auto result = bisect(
      repository, good, bad,
      "grep -q ok f || { echo login with $SHOP_API_TOKEN refused; exit 1; }",
      {}, {{"SHOP_API_TOKEN", "wintermorning"}});
  CHECK(result.exit == 1);
  CHECK_THAT(result.log, Catch::Contains("login with [redacted]"));
  CHECK_THAT(result.log, !Catch::Contains("wintermorning"));
}

TEST_CASE("A build in the command that breaks is what breaks",
          "[e2e][predicate]") {
  GitRepository repository;
  const auto good = repository.commit_files(
      {{"build.sh", "grep -q ok f && printf 'exit 0\n' >made.sh\n"},
       {"f", "ok"}});
  commit(repository, "n", "1");
  const auto culprit = commit(repository, "f", "bad");
  const auto bad = commit(repository, "n", "2");
  const std::string command =
      GENERATE(as<std::string>{}, "rm -f made.sh; sh build.sh && sh made.sh",
               // It fails in silence: the next step has nothing to run.
               "rm -f made.sh; sh build.sh; sh made.sh",
               "rm -f made.sh; sh build.sh; chmod +x made.sh; ./made.sh");
  const auto result = bisect(repository, good, bad, command, {"--json"});
  CAPTURE(result.log, command);
  CHECK(culprits(result.json()) == Sets{{"commit " + culprit}});
}

TEST_CASE("A program that goes is what breaks where the good release has it",
          "[e2e][predicate]") {
  GitRepository repository;
  const auto good = repository.commit_files(
      {{"test.sh", "if test -e lint; then sh lint; else no-such-lint; fi\n"},
       {"lint", "exit 0\n"}});
  commit(repository, "n", "1");
  const auto culprit = repository.commit({{"lint", std::nullopt}});
  const auto bad = commit(repository, "n", "2");
  const auto result = bisect(repository, good, bad, "sh test.sh", {"--json"});
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"commit " + culprit}});
  // At the good end it says nothing of any commit.
  const auto swapped = bisect(repository, bad, good, "sh test.sh");
  CHECK(swapped.exit != 1);
}

TEST_CASE("What could not be judged is asked again in a later run",
          "[e2e][predicate]") {
  GitRepository repository;
  const TemporaryFolder tools;
  const auto good = commit(repository, "f", "1");
  for (int n = 2; n < 9; ++n) {
    commit(repository, "f", std::to_string(n));
  }
  const auto bad = commit(repository, "f", "9");
  const fs::path tool = tools.path() / "tool";
  const std::string command = "case $(cat f) in 1) ;; 9) exit 1 ;; *) " +
                              tool.string() + " $(cat f) ;; esac";
  const bool skips = GENERATE(true, false);  // else it is not there
  const auto make = [&](const std::string& text) {
    write(tool, text);
    chmod(tool.c_str(), 0700);
  };
  if (skips) make("#!/bin/sh\nexit 125\n");
  const auto first = bisect(repository, good, bad, command, {"--json"});
  CHECK(first.json()["outcome"] == "suspects");
  make("#!/bin/sh\ntest $1 -lt 5\n");
  const auto second = bisect(repository, good, bad, command, {"--json"});
  CAPTURE(first.log, second.log, skips);
  CHECK(second.json()["outcome"] == "culprit");
}

TEST_CASE("A command that nobody needs any more may clean up",
          "[e2e][predicate]") {
  GitRepository repository;
  const TemporaryFolder place;
  const auto good = commit(repository, "f", "ok");
  for (int n = 0; n < 12; ++n) commit(repository, "n", std::to_string(n));
  const auto culprit = commit(repository, "f", "bad");
  for (int n = 12; n < 24; ++n) commit(repository, "n", std::to_string(n));
  const auto bad = commit(repository, "n", "last");
  const fs::path script = place.path() / "p.sh";
  const std::string lock = (place.path() / "lock").string();
  write(script, "trap 'rmdir " + lock +
                    "' EXIT; trap 'exit 143' TERM\n"
                    "until mkdir " +
                    lock +
                    " 2>/dev/null; do sleep 0.05; done\n"
                    "sleep 0.1; grep -q ok f\n");
  const auto result = bisect(repository, good, bad, "sh " + script.string(),
                             {"--json", "--workers", "3"});
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"commit " + culprit}});
  CHECK_FALSE(fs::exists(lock));
}

TEST_CASE("A command of several lines is repeated as it was",
          "[e2e][predicate]") {
  GitRepository repository;
  const auto good = commit(repository, "f", "ok");
  const auto bad = commit(repository, "f", "bad");
  const auto result =
      bisect(repository, good, bad, "if grep -q ok f\nthen exit 0\nfi\nexit 1");
  CHECK_THAT(
      result.log,
      Catch::Contains("--command 'if grep -q ok f\nthen exit 0\nfi\nexit 1'"));
}

}  // namespace rung::e2e::predicate_test
