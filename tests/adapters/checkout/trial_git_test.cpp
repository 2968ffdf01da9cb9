#include "adapters/checkout/trial_git.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "adapters/checkout/worktree.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::trial_git_test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

/// Root reads and writes what nobody may: these tests are somebody else's.
class AsNobody {
 public:
  AsNobody() { REQUIRE(seteuid(kNobody) == 0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() { static_cast<void>(seteuid(0)); }
};

/// How a script ends that `folder`'s owner runs there.
int sh(const fs::path& folder, const std::string& script) {
  return std::system(("cd '" + folder.string() +
                      "' && setpriv --reuid=65534 --regid=65534 --clear-groups "
                      "sh -c '" + script + "' 2>/dev/null").c_str());
}

}  // namespace

TEST_CASE("A trial that takes rights from its .git ends no search",
          "[checkout][trial_git]") {
  if (geteuid() != 0) return fakes::skipped("it needs root to be nobody");
  fakes::GitRepository app;
  const CommitId one{app.commit_files({{"a", "1"}})};
  const CommitId two{app.commit_files({{"a", "2"}})};
  const fakes::TemporaryFolder place;
  for (const fs::path& owned : {app.root(), place.path()}) {
    REQUIRE(std::system(("chown -R 65534:65534 " + owned.string()).c_str()) ==
            0);
  }
  // libgit2 looks for settings there and takes "not allowed" for an error.
  fs::permissions(std::getenv("HOME"),
                  fs::perms::group_exec | fs::perms::others_exec,
                  fs::perm_options::add);
  const std::string harm = GENERATE(
      as<std::string>{}, "chmod a-w .git/HEAD", "chmod a-w .git/index",
      "chmod -R a-w .git", "chmod -R 000 .git; true", "chmod -R a-w .",
      "rm .git/HEAD; ln -s ../a .git/HEAD", "rm -r .git/refs",
      "ln .git/index other");
  CAPTURE(harm);
  std::optional<GitHistory> history;
  std::optional<Worktree> worktree;
  std::optional<TrialGit> git;
  {
    const AsNobody nobody;
    history.emplace(app.root());
    worktree.emplace(*history, place.path() / "checkout");
    git.emplace(*history);
    worktree->move_on(one);
    git->stand_at(*worktree);
  }
  REQUIRE(sh(worktree->root(), harm) == 0);
  {
    const AsNobody nobody;
    worktree->move_on(two);
    git->stand_at(*worktree);
  }
  CHECK(sh(worktree->root(),
           "test $(git rev-parse HEAD) = " + two.hex +
               " && test -z \"$(git status --porcelain -uno)\" && "
               "test $(cat a) = 2") == 0);
}

}  // namespace rung::trial_git_test
