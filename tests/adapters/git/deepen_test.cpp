#include "adapters/git/deepen.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "adapters/checkout/worktree.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::deepen_test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using fakes::GitRepository;
using fakes::TemporaryFolder;

void git(const fs::path& folder, const std::string& arguments) {
  const std::string command = "cd '" + folder.string() +
                              "' && GIT_CONFIG_GLOBAL=/dev/null git " +
                              arguments + " >/dev/null 2>&1";
  CAPTURE(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const auto kSilent = [](const std::string&) {};

}  // namespace

TEST_CASE("A shallow clone is searched as far as it goes",
          "[adapters][git_deepen]") {
  GitRepository repository;
  std::vector<std::string> ids;
  for (int i = 0; i < 8; ++i) {
    ids.push_back(repository.commit_files({{"a", std::to_string(i)}}));
  }
  const TemporaryFolder folder;
  const fs::path clone = folder.path() / "clone";
  git(folder.path(), "clone -q --depth 4 file://" + repository.root().string() +
                         " clone");
  const auto commits = [&](const std::string& from) {
    const GitHistory history(clone);
    const CommitId good = history.resolve(from), bad = history.resolve("HEAD");
    CHECK(history.is_ancestor(good, bad));
    return history.between(good, bad).size();
  };
  CHECK(commits("HEAD~2") == 2);
  CHECK(commits("HEAD~3") == 3);  // the last one that is there
  CHECK_THROWS_AS(commits("HEAD~4"), NotFetched);
  CHECK_THROWS_WITH(commits(ids[1]), Contains("git fetch --unshallow"));
  CHECK_THROWS_AS(deepened(false, clone, kSilent, [&] { return commits(ids[1]); }),
                  NotFetched);
  int fetched = 0;
  const auto count = [&](const std::string&) { ++fetched; };
  CHECK(deepened(true, clone, count, [&] { return commits(ids[1]); }) == 6);
  CHECK(fetched == 1);
  // What is nowhere is not asked for for ever.
  CHECK_THROWS_AS(
      deepened(true, clone, kSilent, [&] { return commits("no-such"); }),
      HistoryError);
}

TEST_CASE("A side branch that is cut off is part of the range",
          "[adapters][git_deepen]") {
  GitRepository repository;
  const auto base = repository.commit_files({{"a", "0"}});
  repository.branch("side", base);
  repository.commit_files({{"s", "1"}});
  repository.commit_files({{"s", "2"}});
  const auto side = repository.commit_files({{"s", "3"}});
  repository.branch("main", base);
  const auto good = repository.commit_files({{"a", "1"}});
  const auto bad = repository.merge({side});
  // As if fetched with a depth of 2: both sides end after one commit.
  std::ofstream(repository.root() / ".git" / "shallow") << good << "\n" << side
                                                        << "\n";
  const GitHistory history(repository.root());
  CHECK_THROWS_WITH(history.between({good}, {bad}),
                    Contains(side.substr(0, 10)) && Contains("--unshallow"));
  // Not whether good is in the history of bad, nor what they share.
  CHECK_THROWS_AS(history.is_ancestor({base}, {bad}), NotFetched);
  CHECK_THROWS_AS(history.merge_base({good}, {side}), NotFetched);
  CHECK(history.between({good}, {bad}, {.first_parent = true}).size() == 1);
}

TEST_CASE("A partial clone says what it lacks, and gets just that",
          "[adapters][git_deepen]") {
  GitRepository repository;
  const auto zero = repository.commit_files({{"app/a", "0"}, {"docs/d", "d0"}});
  const auto one = repository.commit_files({{"app/a", "1"}, {"docs/d", "d1"}});
  const auto two = repository.commit_files({{"app/a", "2"}, {"docs/d", "d2"}});
  git(repository.root(), "config uploadpack.allowFilter true");
  git(repository.root(), "config uploadpack.allowAnySHA1InWant true");
  const TemporaryFolder folder;
  const std::string filter = GENERATE("blob:none", "tree:0");
  CAPTURE(filter);
  git(folder.path(), "clone -q --no-checkout --filter=" + filter + " file://" +
                         repository.root().string() + " clone");
  const fs::path clone = folder.path() / "clone";
  const auto missing = [&](const std::string& path) {
    const GitHistory history(clone);
    return missing_objects(history, history.between({zero}, {two}), {zero},
                           path);
  };
  CHECK_FALSE(missing("app").empty());
  {
    const GitHistory history(clone);
    const TemporaryFolder place;
    Worktree worktree(history, place.path() / "w", "app");
    CHECK_THROWS_WITH(worktree.move_to({one}),
                      Contains("partial clone") && Contains("git fetch"));
  }
  const auto all_there = [&] {
    auto ids = missing("app");
    if (!ids.empty()) throw NotFetched("missing", std::move(ids));
    return true;
  };
  CHECK(deepened(true, clone, kSilent, all_there));
  CHECK_FALSE(missing("docs").empty());
  const GitHistory history(clone);
  const TemporaryFolder place;
  Worktree worktree(history, place.path() / "w", "app");
  for (const auto& [id, content] : {std::pair{one, "1"}, {two, "2"}}) {
    worktree.move_to({id});
    CHECK(content_of(worktree.folder() / "a") == content);
  }
  const GitHistory whole(repository.root());
  CHECK(missing_objects(whole, whole.between({zero}, {two}), {zero}, "").empty());
}

}  // namespace rung::deepen_test
