// Nothing that an earlier trial, an earlier run or the user's own tree left
// decides about a commit.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/git_repository.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::stale_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;
using fakes::GitRepository;
using fakes::TemporaryFolder;

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

bool says(const nlohmann::json& notes, const std::string& words) {
  return std::any_of(notes.begin(), notes.end(), [&](const auto& note) {
    return note.template get<std::string>().find(words) != std::string::npos;
  });
}

/// Ten commits; file a breaks in the third, file b in the seventh.
struct TwoBreaks {
  TwoBreaks() {
    ids.push_back(repository.commit_files({{"a", "ok"}, {"b", "ok"}}));
    for (int i = 2; i <= 10; ++i) {
      std::map<std::string, std::string> files = {{"n", std::to_string(i)}};
      if (i == 3) files["a"] = "no";
      if (i == 7) files["b"] = "no";
      ids.push_back(repository.commit_files(files));
    }
    repository.check_out();
  }
  [[nodiscard]] Result bisect(
      const std::string& command, const std::vector<std::string>& more = {},
      const std::map<std::string, std::string>& env = {}) const {
    std::vector<std::string> arguments = {
        "bisect", "--json", "--source", ".",         "--good",
        ids[0],   "--bad",  ids.back(), "--command", command};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rung(arguments, repository.root(), env);
  }
  [[nodiscard]] Sets commit(std::size_t number) const {
    return {{"commit " + ids[number - 1]}};
  }

  GitRepository repository;
  TemporaryFolder beside;
  std::vector<std::string> ids;
};

/// As from a shell: what serves goes on after rung has ended.
Result finished(const std::vector<std::string>& arguments,
                const fs::path& cwd) {
  return RunningRung(arguments, cwd).result();
}

}  // namespace

TEST_CASE("A script that is edited between two runs is asked anew",
          "[e2e][stale]") {
  const TwoBreaks w;
  const bool untracked = GENERATE(true, false);
  const bool fresh = GENERATE(true, false);
  CAPTURE(untracked, fresh);
  const fs::path script =
      (untracked ? w.repository.root() : w.beside.path()) / "check.sh";
  const std::string command =
      untracked ? "sh check.sh" : "sh " + script.string();
  const std::vector<std::string> more =
      fresh ? std::vector<std::string>{"--fresh"} : std::vector<std::string>{};
  write(script, "grep -q ok a\n");
  CHECK(culprits(w.bisect(command, more).json()) == w.commit(3));
  write(script, "grep -q ok b # another\n");
  const Result second = w.bisect(command, more);
  CAPTURE(second.log);
  CHECK(culprits(second.json()) == w.commit(7));
  const Result third = w.bisect(command, more);
  CHECK(culprits(third.json()) == w.commit(7));
}

TEST_CASE("What a script reads besides may change between two runs",
          "[e2e][stale]") {
  const TwoBreaks w;
  CHECK(culprits(w.bisect("grep -q ok $WHAT", {}, {{"WHAT", "a"}}).json()) ==
        w.commit(3));
  const Result second = w.bisect("grep -q ok $WHAT", {}, {{"WHAT", "b"}});
  CAPTURE(second.log);
  CHECK(culprits(second.json()) == w.commit(7));
  CHECK(says(second.json()["notes"], "but not in an earlier run"));
}

TEST_CASE("An untracked file that was removed is not there in a trial",
          "[e2e][stale]") {
  const TwoBreaks w;
  const fs::path extra = w.repository.root() / "extra";
  const auto probe = [&] {
    return rung({"probe", "--source", ".", "--commit", w.ids[0], "--command",
                 "test -f extra"},
                w.repository.root())
        .exit;
  };
  write(extra, "x");
  CHECK(probe() == 0);
  fs::remove(extra);
  CHECK(probe() == 1);
}

TEST_CASE("The output of a source that is gone accuses nobody",
          "[e2e][stale]") {
  GitRepository repository;
  std::vector<std::string> ids;
  const auto commit = [&](const GitRepository::Changes& changes) {
    ids.push_back(repository.commit(changes));
  };
  using File = fakes::RepositoryFile;
  commit({{"src/main", File{"main"}},
          {"src/plugin", File{"old"}},
          {".gitignore", File{"out\n"}}});
  commit({{"src/plugin", std::nullopt}});
  for (int i = 3; i < 6; ++i) commit({{"n", File{std::to_string(i)}}});
  commit({{"src/main", File{"strict"}}});  // cannot stand an old plugin
  for (int i = 7; i < 9; ++i) commit({{"n", File{std::to_string(i)}}});
  commit({{"src/main", File{"broken"}}});
  commit({{"n", File{"10"}}});
  const Result result =
      rung({"bisect", "--json", "--source", ".", "--good", ids.front(), "--bad",
            ids.back(), "--command",
            "mkdir -p out && cp src/* out/ && ! grep -q broken out/main && "
            "! { grep -q strict out/main && test -f out/plugin; }"},
           repository.root());
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"commit " + ids[8]}});
  CHECK(says(result.json()["notes"], "without files of earlier runs"));
}

TEST_CASE("A build that was not seen to read a variable accuses nobody",
          "[e2e][stale]") {
  BrokenService service;
  const std::string head = service.commit("");
  const std::string good = service.file("good.env", "SHOP_API=http\nQ=1\n");
  const std::string bad = service.file("bad.env", "SHOP_API=x\nQ=2\n");
  // SHOP_API breaks the build's output, Q the start.
  const Result result = rung(
      {"bisect",
       "--json",
       "--source",
       service.root().string(),
       "--good",
       head,
       "--bad",
       head,
       "--good-env",
       good,
       "--bad-env",
       bad,
       "--build",
       "p=SHOP; env | grep ^${p}_ > built || :",
       "--start",
       "test $Q = 1 || { echo bad Q >&2; exit 1; }; grep -q http built || { "
       "echo bad api >&2; exit 1; }; exec " RUNG_TEST_SERVICE,
       "--port",
       "auto",
       "--gate",
       "http /health",
       "--settle",
       "0s"},
      service.folder());
  CAPTURE(result.log);
  auto found = culprits(result.json());
  std::sort(found.begin(), found.end());
  CHECK(found == Sets{{"env Q changed"}, {"env SHOP_API changed"}});
  CHECK(says(result.json()["notes"], "with a build of its own"));
}

TEST_CASE("A variable that a release lacks does not come from the caller",
          "[e2e][stale]") {
  const TwoBreaks w;
  write(w.beside.path() / "good.env", "A=1\nB=1\n");
  write(w.beside.path() / "bad.env", "B=2\n");
  const Result result =
      rung({"bisect", "--json", "--source", ".", "--good", w.ids[0], "--bad",
            w.ids[0], "--good-env", (w.beside.path() / "good.env").string(),
            "--bad-env", (w.beside.path() / "bad.env").string(), "--command",
            "test -n \"$A\""},
           w.repository.root(), {{"A", "1"}});
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"env A removed"}});
}

TEST_CASE("A command that reads the user's work tree judges no commit",
          "[e2e][stale]") {
  const TwoBreaks w;
  const std::string root = w.repository.root().string();
  const Result result =
      w.bisect("grep -q ok " + root + "/$WHAT", {}, {{"WHAT", "b"}});
  CHECK(result.exit == 128);
  CHECK_THAT(result.log, Catch::Contains("reads b of your work tree"));
  // A file of the checkout may have a name that ends alike.
  const Result alike = w.bisect("test ! -e xb; grep -q ok " + root + "/$WHAT",
                                {}, {{"WHAT", "b"}});
  CHECK(alike.exit == 128);
  // A file that is asked for by name is the same on purpose.
  const Result named = w.bisect("test -s " + root + "/a && grep -q . " + root +
                                "/a && grep -q ok b");
  CAPTURE(named.log);
  CHECK(culprits(named.json()) == w.commit(7));
}

TEST_CASE("A build that forgets a file accuses no innocent commit",
          "[e2e][stale]") {
  // As a Makefile that does not name a header: built again for `t` alone.
  const std::string command =
      "if [ ! -e built ] || [ t -nt built ]; then cat t h >built; fi; "
      "! grep -q broken built";
  GitRepository repository;
  const bool touched_later = GENERATE(true, false);
  CAPTURE(touched_later);
  std::vector<std::string> ids;
  const auto commit = [&](const std::map<std::string, std::string>& files) {
    ids.push_back(repository.commit_files(files));
  };
  commit({{"t", "1\n"}, {"h", "fine\n"}, {".gitignore", "built\n"}});
  for (int i = 0; i < 3; ++i) commit({{"n", std::to_string(i)}});
  commit({{"h", "broken\n"}});
  const std::string guilty = ids.back();
  for (int i = 3; i < 6; ++i) commit({{"n", std::to_string(i)}});
  if (touched_later) commit({{"t", "2\n"}});
  for (int i = 6; i < 9; ++i) commit({{"n", std::to_string(i)}});
  const Result result =
      rung({"bisect", "--json", "--source", ".", "--good", ids.front(), "--bad",
            ids.back(), "--command", command},
           repository.root());
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"commit " + guilty}});
  CHECK(result.json()["confidence"].is_null());
}

TEST_CASE("A build that reads more than its inputs accuses no innocent commit",
          "[e2e][stale]") {
  GitRepository repository;
  const auto commit = [&](const std::map<std::string, std::string>& files) {
    return repository.commit_files(files);
  };
  const std::string good =
      commit({{"behaviour", "port PORT\n"}, {"in", "1"}, {"lib", "sound\n"}});
  const std::string guilty = commit({{"lib", "broken\n"}});
  const std::string bad = commit({{"in", "2"}});
  repository.check_out();
  write(repository.root() / "plan.yaml",
        "rung: 1\nname: app\nruntime: other\n"
        "build: {run: grep -q sound lib && touch made, inputs: [in], "
        "outputs: [made]}\nstart: exec " RUNG_TEST_SERVICE
        "\ntargets: {local: {port: auto}}\n"
        "phases:\n  - name: one\n    gates: [{http: /health}]\n");
  const Result result =
      rung({"bisect", "plan.yaml", "--good", good, "--bad", bad, "--json"},
           repository.root());
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"commit " + guilty}});
}

TEST_CASE("A merge base that fails is not called the good release",
          "[e2e][stale]") {
  GitRepository repository;
  repository.commit_files({{"v", "1"}});
  const std::string base = repository.commit_files({{"n", "2"}});
  const std::string bad = repository.commit_files({{"n", "3"}});
  repository.branch("release", base);
  const std::string good = repository.commit_files({{"v", "0"}});
  const Result result =
      rung({"bisect", "--json", "--source", ".", "--good", good, "--bad", bad,
            "--command", "test $(cat v) = 0"},
           repository.root());
  CAPTURE(result.log);
  const auto json = result.json();
  CHECK(json["outcome"] == "drift");
  CHECK_THAT(json["refusal"].get<std::string>(),
             Catch::Contains("merge base " + base.substr(0, 10)));
  CHECK_THAT(json["next"].get<std::string>(), Catch::Contains("--find-fix"));
}

TEST_CASE("What serves goes on serving while its gates fail for others' sake",
          "[e2e][stale][climb]") {
  GitRepository repository;
  TemporaryFolder beside;
  const fs::path outside = beside.path() / "outside";
  write(outside, "up");
  repository.commit_files(
      {{"behaviour", "port PORT\n"},
       {"plan.yaml",
        std::string("rung: 1\nname: shop\nsettle: 0s\nstart: exec ") +
            RUNG_TEST_SERVICE +
            "\ntargets: {local: {port: auto}}\n"
            "phases:\n  - name: only\n    gates:\n"
            "      - {http: /health}\n      - {command: 'grep -q up " +
            outside.string() + "', deadline: 2s}\n"}});
  repository.check_out();
  REQUIRE(finished({"climb", "plan.yaml"}, repository.root()).exit == 0);
  write(outside, "away");
  const Result again =
      finished({"climb", "plan.yaml", "--json"}, repository.root());
  CAPTURE(again.log);
  CHECK(again.exit == 2);
  CHECK(again.json()["serves_unproved"] == true);
  const Result status =
      finished({"status", "plan.yaml", "--json"}, repository.root());
  CAPTURE(status.log);
  CHECK(status.json()["serving"].size() == 1);
  write(outside, "up");
  CHECK(finished({"climb", "plan.yaml"}, repository.root()).exit == 0);
  CHECK(finished({"stop", "plan.yaml"}, repository.root()).exit == 0);
}

}  // namespace rung::e2e::stale_test
