#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"

// Branches that began before the good release: git takes the commit before
// them for good, because good descends from it. It need not be.
namespace rung::e2e::bisect_branches_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;

/// A repository with an `app`, which the gate wants to say yes.
class Branches : public fakes::GitRepository {
 public:
  std::string app(const std::string& says) {
    return commit_files({{"app", says}}, "app says " + says);
  }
  std::string other() {
    return commit_files({{"n", std::to_string(++others_)}}, "other");
  }
  nlohmann::json bisect(const std::string& good, const std::string& bad,
                        const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "bisect", "--json", "--source", ".",         "--good",
        good,     "--bad",  bad,        "--command", "grep -q yes app"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = rung(arguments, root());
    log_ = result.log;
    return result.json();
  }
  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  int others_ = 0;
  std::string log_;
};

bool notes_say(const nlohmann::json& report, const std::string& text) {
  return report["notes"].dump().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("bisect does not accuse the root of a project that was merged in",
          "[e2e][bisect_branches]") {
  fakes::GitRepository repository;
  const auto good = repository.commit_files({{"app", "yes"}});
  // The other project's commits do not have the app.
  repository.branch("lib", good);
  const auto files = repository.commit({{"app", std::nullopt}});
  auto theirs = repository.commit_tree_of(files, {});
  for (int i = 0; i < 20; ++i) {
    theirs = repository.commit_tree_of(files, {theirs});
  }
  repository.branch("main", good);
  repository.merge({theirs});
  for (int i = 0; i < 3; ++i)
    repository.commit_files({{"n", std::to_string(i)}});
  const auto culprit = repository.commit_files({{"app", "no"}});
  const auto bad = repository.commit_files({{"n", "last"}});
  const Result result =
      rung({"bisect", "--json", "--source", ".", "--good", good, "--bad", bad,
            "--command", "grep -q yes app"},
           repository.root());
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(culprits(json) == Sets{{"commit " + culprit}});
}

TEST_CASE("bisect finds a commit in a history that was joined",
          "[e2e][bisect_branches]") {
  Branches repository;
  const auto good = repository.app("yes");
  // A rewrite that begins anew, and replaces the old line.
  repository.branch("anew", good);
  const auto files = repository.commit_files({{"n", "anew"}});
  const auto root = repository.commit_tree_of(files, {});
  repository.branch("anew", root);
  repository.other();
  const bool inside = GENERATE(true, false);
  const auto breaks = repository.app("no");
  const auto tip = repository.other();
  const auto joined = inside ? tip : repository.commit_tree_of(tip, {});
  repository.branch("anew", joined);
  const auto merge = repository.merge({good});
  const auto bad = repository.other();
  const auto json = repository.bisect(good, bad);
  CAPTURE(repository.log(), inside);
  CHECK(culprits(json) == Sets{{"commit " + (inside ? breaks : merge)}});
  CHECK(notes_say(json, "has no commit before it and is broken") == !inside);
  // The line that passes is the second parent.
  if (!inside) {
    CHECK_THAT(json["next"].get<std::string>(),
               Catch::Contains("git revert -m 2 " + merge.substr(0, 10)));
  }
}

TEST_CASE("bisect does not accuse a branch that lacks what good repaired",
          "[e2e][bisect_branches]") {
  Branches repository;
  const auto fork = repository.app("no");
  const auto good = repository.app("yes");
  repository.branch("side", fork);
  std::string tip;
  for (int i = 0; i < 5; ++i) tip = repository.other();
  repository.branch("main", good);
  repository.merge({tip});
  repository.other();
  const auto culprit = repository.app("no longer");
  const auto bad = repository.other();
  const auto json = repository.bisect(good, bad);
  CAPTURE(repository.log());
  CHECK(culprits(json) == Sets{{"commit " + culprit}});
  CHECK(json["repaired"].empty());

  // The fork itself was tried before its branch was left out.
  CHECK(notes_say(json, "commit " + fork.substr(0, 10) +
                            " is older than the good release and broken "
                            "already: 5 commits of the branch"));
}

TEST_CASE("bisect finds a commit inside of a branch that began before good",
          "[e2e][bisect_branches]") {
  Branches repository;
  const auto fork = repository.app("yes");
  const auto good = repository.other();
  repository.branch("side", fork);
  const bool first = GENERATE(true, false);
  if (!first) repository.other();
  const auto culprit = repository.app("no");
  const auto tip = repository.other();
  repository.branch("main", good);
  repository.other();
  repository.merge({tip}, {{"app", fakes::RepositoryFile{"no"}}});
  const auto bad = repository.other();
  const auto json = repository.bisect(good, bad);
  CAPTURE(repository.log(), first);
  CHECK(culprits(json) == Sets{{"commit " + culprit}});
  CHECK_FALSE(notes_say(json, "judged as the merge"));
  // What the proof says of the commit before it was tried.
  if (first)
    CHECK_THAT(repository.log(),
               Catch::Contains("commit " + fork.substr(0, 10)));
}

TEST_CASE("Along first parents a merge that brings good ends the old line",
          "[e2e][bisect_branches]") {
  Branches repository;
  const auto fork = repository.app("no");
  // Good is on a side branch, one commit before its end.
  const auto good = repository.app("yes");
  const auto tip = repository.other();
  repository.branch("line", fork);
  for (int i = 0; i < 4; ++i) repository.other();
  repository.merge({tip}, {{"app", fakes::RepositoryFile{"yes"}}});
  repository.other();
  const bool breaks = GENERATE(true, false);
  const auto culprit = breaks ? repository.app("no more") : "";
  const auto bad = breaks ? repository.other() : repository.app("no longer");
  const auto json = repository.bisect(good, bad, {"--first-parent"});
  CAPTURE(repository.log(), breaks);
  CHECK(culprits(json) == Sets{{"commit " + (breaks ? culprit : bad)}});
}

TEST_CASE("find-fix names the merge that brings what was never broken",
          "[e2e][bisect_branches]") {
  Branches repository;
  const auto fork = repository.app("yes");
  repository.branch("main", fork);
  const auto bad = repository.app("no");
  repository.branch("side", fork);
  repository.other();
  const auto tip = repository.other();
  repository.branch("main", bad);
  repository.other();
  const auto merge =
      repository.merge({tip}, {{"app", fakes::RepositoryFile{"yes"}}});
  const auto good = repository.other();
  const auto json = repository.bisect(good, bad, {"--find-fix"});
  CAPTURE(repository.log());
  CHECK(culprits(json) == Sets{{"commit " + merge}});
  CHECK(notes_say(json, "is older than the bad release and healthy already"));
}

TEST_CASE("A failing branch from before good is no side finding",
          "[e2e][bisect_branches]") {
  Branches repository;
  const auto fork = repository.app("no");
  const auto good = repository.app("yes");
  repository.branch("side", fork);
  const auto one = repository.other();
  const auto tip = repository.other();
  repository.branch("main", good);
  std::string last;
  for (int i = 0; i < 3; ++i) repository.other();
  const auto merge = repository.merge({tip});
  last = repository.other();
  const auto culprit = repository.app("no more");
  // A verdict on the branch is on record.
  const Result probed = rung({"probe", "--source", ".", "--commit", one,
                              "--command", "grep -q yes app"},
                             repository.root());
  CHECK(probed.exit == 1);
  const auto json = repository.bisect(good, culprit);
  CAPTURE(repository.log(), merge, last);
  CHECK(culprits(json) == Sets{{"commit " + culprit}});
  CHECK(json["repaired"].empty());
}

TEST_CASE("bisect says what it takes for the commit before where it has none",
          "[e2e][bisect_branches]") {
  Branches repository;
  // The commit before the branch can be judged by nobody.
  const auto fork = repository.commit_files({{"app", "yes"}, {"broken", "1"}});
  const auto good = repository.commit({{"broken", std::nullopt}});
  repository.branch("side", fork);
  const auto culprit = repository.commit(
      {{"broken", std::nullopt}, {"app", fakes::RepositoryFile{"no"}}});
  repository.branch("main", good);
  repository.other();
  const auto bad =
      repository.merge({culprit}, {{"app", fakes::RepositoryFile{"no"}}});
  const Result result =
      rung({"bisect", "--source", ".", "--good", good, "--bad", bad,
            "--command", "test ! -e broken || exit 125; grep -q yes app"},
           repository.root());
  CAPTURE(result.log);
  CHECK_THAT(result.log, Catch::Contains("the good release: healthy"));
  CHECK_THAT(result.log, !Catch::Contains("the commit before it"));
}

TEST_CASE("bisect judges vendored commits as the merge that brings them",
          "[e2e][bisect_branches]") {
  Branches repository;
  // Another project, of which good has some already.
  const auto start = repository.app("yes");
  repository.branch("lib", start);
  const auto files = repository.commit({{"app", std::nullopt}});
  auto theirs = repository.commit_tree_of(files, {});
  theirs = repository.commit_tree_of(files, {theirs});
  repository.branch("main", start);
  const auto good = repository.merge({theirs});
  for (int i = 0; i < 6; ++i) {
    theirs = repository.commit_tree_of(files, {theirs});
  }
  repository.merge({theirs});
  repository.other();
  const auto culprit = repository.app("no");
  const auto bad = repository.other();
  const auto json = repository.bisect(good, bad);
  CAPTURE(repository.log());
  CHECK(culprits(json) == Sets{{"commit " + culprit}});
}

}  // namespace rung::e2e::bisect_branches_test
