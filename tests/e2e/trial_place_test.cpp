#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/effort.hpp"
#include "tests/fakes/text_of.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::trial_place_test {
namespace {

using fakes::text_of;

/// Every file, link and folder below `root` but rung's own journal, with mode
/// and content.
std::map<std::string, std::string> contents(const fs::path& root) {
  std::map<std::string, std::string> all;
  for (auto it = fs::recursive_directory_iterator(root);
       it != fs::recursive_directory_iterator(); ++it) {
    if (it->path().filename() == ".rung") {
      it.disable_recursion_pending();
      continue;
    }
    struct stat facts {};
    lstat(it->path().c_str(), &facts);
    std::string& one = all[it->path().lexically_relative(root).string()];
    one = std::to_string(facts.st_mode) + ' ';
    if (it->is_symlink()) {
      one += fs::read_symlink(it->path()).string();
    } else if (it->is_regular_file()) {
      one += text_of(it->path());
    }
  }
  return all;
}

/// A user's work tree in use: uncommitted, staged, untracked, ignored files, a
/// stash, a tag, a hook.
class UsersTree {
 public:
  UsersTree() {
    first_ = world.commit("", "one");
    world.repository().commit_files(
        {{".gitignore", ".env\nnode_modules\n"},
         {"package.json", R"({"name": "app", "version": "1.0.0"})"},
         {"lib/a.txt", "a"}},
        "two");
    world.commits(3);
    world.repository().check_out();
    sh("git add -A && git reset -q --hard && git tag v1 HEAD~2 && "
       "git tag -a v2 -m two HEAD~1 && "
       "echo stashed > lib/a.txt && git stash -q && "
       "echo staged > staged.txt && git add staged.txt && "
       "echo PRECIOUS >> lib/a.txt && echo new > untracked.txt && "
       "mkdir -p node_modules/x drafts && echo 1 > node_modules/x/i.js && "
       "echo draft > drafts/d && ln -s drafts link && "
       "echo KEY=secret > .env && "
       "printf '#!/bin/sh\\nexit 0\\n' > .git/hooks/pre-commit");
  }
  void sh(const std::string& command) const {
    const Result result = ran(
        {"sh", "-ec",
         "git config user.name dev; git config user.email dev@example.org; " +
             command},
        world.root());
    INFO(result.log);
    REQUIRE(result.exit == 0);
  }
  [[nodiscard]] const std::string& first() const { return first_; }

  BrokenService world;

 private:
  std::string first_;
};

// Each runs in the trial's folder and may fail.
const char* const kDestructive[] = {
    "git reset -q --hard HEAD~1",
    "git reset -q --hard",
    "git clean -fdxq",
    "git checkout -q -B main HEAD~1",
    "git checkout -q -- .",
    "git commit -q --allow-empty -am evil",
    "git add -A && git commit -qm evil",
    "git stash -q -u",
    "git stash drop -q; git stash clear",
    "git rm -rfq .",
    "git branch -D main master",
    "git tag -d v1 v2; git tag -f v1 HEAD",
    "git update-ref -d HEAD; git update-ref refs/heads/main HEAD~1",
    "git update-ref -d refs/stash",
    "git reflog expire --expire=now --all; git gc -q --prune=now",
    "git prune; git repack -adfq",
    "git worktree add -f ../evil HEAD; git worktree prune",
    "git worktree list | cut -d' ' -f1 | xargs -r -n1 git worktree remove -f",
    "git config user.name evil; git config core.hooksPath /nowhere",
    "git config --global user.name evil; git config --global core.bare true",
    "git remote add origin .; git push -q -f origin HEAD:main",
    "git symbolic-ref HEAD refs/heads/evil",
    "echo evil > .git/hooks/post-checkout; echo evil > .git/HEAD",
    "rm -rf .git; git init -q; git add -A; git commit -qm evil",
    "rm -rf .git && git clean -fdxq; git reset -q --hard",
    "rm -rf ./* ./.??*",
    "rm -rf \"$PWD\"",
    "rm -rf lib && ln -s / lib && rm -f lib",
    "rm -rf node_modules && mkdir node_modules",
    "rm -rf untracked.txt drafts/ link/",
    "echo evil > untracked.txt; echo evil > drafts/d; echo evil > link/d",
    "echo evil > lib/a.txt; echo evil > package.json; echo evil > .env",
    "chmod -R 000 lib drafts",
    "find . -type f -exec chmod +x {} + ; find . -type f -delete",
    "npm pkg set version=6.6.6",
    "npm init -y; npm install --offline --no-audit --no-fund",
    "npm config set evil=1 --location=project",
    "pip config set global.evil 1; pip config --site set global.evil 1",
};

std::string some_of(std::mt19937& random, std::size_t count) {
  std::string line;
  while (count-- > 0) {
    line += std::string("(timeout 20 sh -c '") +
            kDestructive[random() % std::size(kDestructive)] +
            "') >/dev/null 2>&1 </dev/null; ";
  }
  return line;
}

}  // namespace

TEST_CASE("Nothing a trial does reaches the user's repository",
          "[e2e][trial_place]") {
  const auto seed = static_cast<unsigned>(fakes::seed_or(20261129));
  std::mt19937 random(seed);
  UsersTree tree;
  const auto before = contents(tree.world.root());
  REQUIRE(before.contains("untracked.txt"));
  REQUIRE(before.contains(".env"));
  const std::string env = tree.world.file("bad.env", "X=1\n");
  const std::string build = some_of(random, 4) + "true";
  const std::string start =
      some_of(random, 3) +
      "cd /; test -z \"$X\" || exit 1; exec " RUNG_TEST_SERVICE;
  const std::string predicate = some_of(random, 5) + "test -z \"$X\"";
  CAPTURE(seed, build, start, predicate);
  const Result bisect =
      tree.world.bisect({"--good", tree.first(), "--bad", "HEAD", "--build",
                         build, "--start", start, "--bad-env", env});
  CHECK(contents(tree.world.root()) == before);
  CHECK(bisect.exit < 128);
  const Result asked = tree.world.bisect({"--good", tree.first(), "--bad",
                                          "HEAD", "--bad-env", env,
                                          "--command", predicate});
  INFO(asked.log);
  CHECK(contents(tree.world.root()) == before);
  CHECK(asked.exit < 128);
}

TEST_CASE("Git in a trial sees the commit on trial and a clean tree",
          "[e2e][trial_place]") {
  UsersTree tree;
  const std::string facts =
      "{ git rev-parse HEAD; git describe --tags --dirty; git describe; "
      "git diff-index HEAD --; git status --porcelain; "
      "git log -1 --format=%s; git rev-parse --is-shallow-repository; } 2>&1 ";
  const std::string commit = "v2";
  // As a fresh clone has it.
  const Result fresh =
      ran({"sh", "-c",
           "git clone -q . ../fresh && cd ../fresh && "
           "git checkout -q v2 && " + facts},
          tree.world.root());
  REQUIRE(fresh.exit == 0);
  REQUIRE_FALSE(fresh.out.empty());
  const fs::path out = tree.world.folder() / "facts";
  SECTION("in a build and a start command") {
    for (const char* where : {"--build", "--start"}) {
      const bool builds = std::string(where) == "--build";
      const std::string command = facts + "> " + out.string();
      const std::string service = "exec " RUNG_TEST_SERVICE;
      const Result probed =
          rung({"probe", "--source", ".", "--commit", commit, "--port", "auto",
                "--gate", "http /health deadline=20s", "--build",
                builds ? command : "true", "--start",
                builds ? service : command + "; " + service},
               tree.world.root());
      INFO(probed.log);
      CHECK(probed.exit == 0);
      CHECK(text_of(out) == fresh.out);
    }
  }
  SECTION("in a predicate") {
    const Result probed = rung({"probe", "--source", ".", "--commit", commit,
                                "--command",
                                "rm -rf untracked.txt drafts link; " + facts +
                                    "> " + out.string()},
                               tree.world.root());
    INFO(probed.log);
    CHECK(probed.exit == 0);
    CHECK(text_of(out) == fresh.out);
  }
  SECTION("where a folder of it is deployed") {
    const Result probed =
        rung({"probe", "--source", ".", "--path", "lib", "--commit", commit,
              "--command",
              "rm -rf ../untracked.txt ../drafts ../link; "
              "test \"$(git rev-parse --show-prefix)\" = lib/ && " + facts +
                  "> " + out.string()},
             tree.world.root());
    INFO(probed.log);
    CHECK(probed.exit == 0);
    CHECK(text_of(out) == fresh.out);
  }
}

TEST_CASE("A trial gets nothing of the caller that no platform would give it",
          "[e2e][trial_place]") {
  UsersTree tree;
  const fs::path home = tree.world.folder() / "home";
  fs::create_directories(home);
  std::ofstream(home / ".npmrc") << "registry=http://nowhere.invalid/\n";
  const fs::path bin = tree.world.root() / "node_modules" / ".bin";
  fs::create_directories(bin);
  const fs::path out = tree.world.folder() / "env";
  const auto seen = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "probe",   "--source", ".",      "--port",
        "auto",    "--gate",   "http /health deadline=20s",
        "--start",
        "{ env; cat ~/.npmrc; ls -A ~; } > " + out.string() +
            " 2>&1; exec " RUNG_TEST_SERVICE};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result probed =
        rung(arguments, tree.world.root(),
             {{"HOME", home.string()},
              {"PYTHONDONTWRITEBYTECODE", "1"},
              {"GIT_DIR", "/nowhere"},
              {"DATABASE_URL", "postgres://developer"},
              {"PATH", bin.string() + ":" + std::getenv("PATH")}});
    INFO(probed.log);
    CHECK(probed.exit == 0);
    return text_of(out);
  };
  const std::string plain = seen({});
  for (const char* not_there :
       {"PYTHONDONTWRITEBYTECODE", "GIT_DIR", "DATABASE_URL", "nowhere.invalid",
        "node_modules/.bin"}) {
    CHECK_THAT(plain, !Catch::Contains(not_there));
  }
  CHECK_THAT(plain, !Catch::Contains("HOME=" + home.string()));
  CHECK_THAT(plain, Catch::Contains("PORT="));
  const std::string more =
      seen({"--inherit", "DATABASE_URL", "--inherit", "~/.npmrc"});
  CHECK_THAT(more, Catch::Contains("DATABASE_URL=postgres://developer"));
  CHECK_THAT(more, Catch::Contains("nowhere.invalid"));
}

TEST_CASE("What is inherited counts as much as what is released",
          "[e2e][trial_place]") {
  BrokenService world;
  const std::string good = world.commit("");
  const std::string bad = world.commit("die 1 broken");
  const auto search = [&](const std::vector<std::string>& more,
                          const std::string& token) {
    std::vector<std::string> arguments = {
        "bisect",   "--json",
        "--source", world.root().string(),
        "--good",   good,
        "--bad",    bad,
        "--port",   "auto",
        "--gate",   "http /health deadline=20s",
        "--build",  "test \"$TOKEN\" = right",
        "--start",  "exec " RUNG_TEST_SERVICE};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rung(arguments, world.root(), {{"TOKEN", token}}).json()["outcome"];
  };
  CHECK(search({}, "right") == "drift");  // no build gets it
  CHECK(search({"--inherit", "TOKEN"}, "right") == "culprit");
  CHECK(search({"--inherit", "TOKEN", "--fresh"}, "wrong") == "drift");
}

TEST_CASE("Trials stand outside of every project, and rung clean empties them",
          "[e2e][trial_place]") {
  BrokenService world;
  const std::string commit = world.commit("");
  const fs::path cache = world.folder() / "cache";
  const std::map<std::string, std::string> env = {
      {"XDG_CACHE_HOME", cache.string()}};
  // What a rung before this one left.
  fs::create_directories(world.root() / ".rung" / "work" / "0" / "checkout");
  fs::permissions(world.root() / ".rung", fs::perms::owner_all);
  const std::vector<std::string> probe = {
      "probe", "--source", world.root().string(), "--port", "auto", "--gate",
      "http /health deadline=20s", "--start", "pwd; exec " RUNG_TEST_SERVICE,
      "--json"};
  const Result first = rung(probe, world.folder(), env);
  INFO(first.log);
  REQUIRE(first.exit == 0);
  CHECK_FALSE(fs::exists(world.root() / ".rung" / "work"));
  CHECK_THAT(first.json().at("notes").dump(),
             Catch::Contains("removed") && Catch::Contains(".rung/work"));
  struct stat facts {};
  REQUIRE(lstat((cache / "rung").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0700);
  const Result again = rung(probe, world.folder(), env);
  CHECK_THAT(again.json().at("notes").dump(),
             !Catch::Contains(".rung/work"));

  const Result listed = rung({"clean", "--list"}, world.folder(), env);
  CHECK(listed.exit == 0);
  CHECK_THAT(listed.out, Catch::Contains(world.root().string()));
  const Result cleaned = rung({"clean"}, world.folder(), env);
  CHECK(cleaned.exit == 0);
  CHECK_THAT(cleaned.out, Catch::Contains("removed"));
  CHECK(fs::is_empty(cache / "rung"));

  // A cache inside of a project is not used.
  std::ofstream(world.folder() / "cache" / "package.json") << "{}";
  const Result elsewhere = rung(probe, world.folder(), env);
  CHECK(elsewhere.exit == 0);
  CHECK(fs::is_empty(cache / "rung"));
}

TEST_CASE("A plan may put trials anywhere, and is told when that is a project",
          "[e2e][trial_place]") {
  BrokenService world;
  world.commit("");
  const std::string plan = world.file("app/plan.yaml", R"(rung: 1
name: shop
trials: inside
inherit: [SOME_NAME]
start: 'test "$SOME_NAME" = yes && exec )" RUNG_TEST_SERVICE R"('
targets: {local: {port: auto}}
phases: [{name: one, gates: [{http: /health, deadline: 20s}]}]
)");
  const Result probed = rung({"probe", plan, "--json"}, world.folder(),
                             {{"SOME_NAME", "yes"}});
  INFO(probed.log);
  CHECK(probed.exit == 0);
  CHECK_THAT(probed.json().at("notes").dump(),
             Catch::Contains("inside the project"));
  CHECK_FALSE(fs::is_empty(world.root() / "inside"));
}

}  // namespace rung::e2e::trial_place_test
