#include "adapters/checkout/worktree.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <thread>

#include "tests/fakes/git_repository.hpp"

namespace rung::worktree_test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using fakes::GitRepository;
using fakes::RepositoryFile;
using fakes::TemporaryFolder;
using Kind = RepositoryFile::Kind;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

/// Path -> kind and content of all below a folder; empty folders, too.
std::map<std::string, std::string> listing(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (auto it = fs::recursive_directory_iterator(folder);
       it != fs::recursive_directory_iterator(); ++it) {
    const std::string path = it->path().lexically_relative(folder).string();
    struct stat status {};
    REQUIRE(lstat(it->path().c_str(), &status) == 0);
    if (S_ISLNK(status.st_mode)) {
      all[path] = "-> " + fs::read_symlink(it->path()).string();
    } else if (S_ISDIR(status.st_mode)) {
      if (fs::is_empty(it->path())) all[path] = "empty folder";
    } else {
      all[path] = ((status.st_mode & S_IXUSR) != 0 ? "x " : "f ") +
                  content_of(it->path());
    }
  }
  return all;
}

/// What `git archive` gives: the reference.
std::map<std::string, std::string> archive(const GitRepository& repository,
                                           const std::string& commit,
                                           const std::string& path = "") {
  const TemporaryFolder out;
  const std::string command = "GIT_CONFIG_GLOBAL=/dev/null git -C '" +
                              repository.root().string() + "' archive " +
                              commit + (path.empty() ? "" : ":" + path) +
                              " | tar -x -C '" + out.path().string() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  return listing(out.path());
}

/// Every file below .git with its time and size.
std::map<std::string, std::string> inventory(const fs::path& git_dir) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(git_dir)) {
    struct stat status {};
    REQUIRE(lstat(entry.path().c_str(), &status) == 0);
    all[entry.path().string()] = std::to_string(status.st_mtim.tv_sec) + "." +
                                 std::to_string(status.st_mtim.tv_nsec) + " " +
                                 std::to_string(status.st_size);
  }
  return all;
}

/// A few names that collide as files, folders and links.
GitRepository::Changes random_changes(std::mt19937_64& random) {
  static const std::vector<std::string> names = {
      "a",     "a/b",   "a/b/c", "a.txt", "a-b", "d/e", "d/e/f",
      "d/e/g", "h/i/j", "k",     "l",     "a/m", "n o", "d"};
  GitRepository::Changes changes;
  for (auto n = 1 + random() % 4; n > 0; --n) {
    const std::string& name = names[random() % names.size()];
    // Two changes of one commit must not claim a name and a path below it.
    bool clash = false;
    for (const auto& [other, unused] : changes) {
      clash |= other.starts_with(name + '/') || name.starts_with(other + '/');
    }
    if (clash) continue;
    switch (random() % 6) {
      case 0:
        changes[name] = std::nullopt;
        break;
      case 1:
        changes[name] = RepositoryFile{"../" + names[random() % 5], Kind::link};
        break;
      case 2:
        changes[name] =
            RepositoryFile{std::to_string(random() % 3), Kind::executable};
        break;
      default:
        changes[name] = RepositoryFile{std::to_string(random() % 3)};
    }
  }
  return changes;
}

/// In a child process: what happens there, dies there.
int in_child(const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    action();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("A worktree equals git archive wherever it walks",
          "[adapters][worktree]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  GitRepository repository;
  std::vector<std::string> commits = {
      repository.commit_files({{"always", "here"}, {"sub/always", "here"}})};
  for (int i = 0; i < 50; ++i) {
    auto changes = random_changes(random);
    GitRepository::Changes both = changes;
    for (const auto& [path, file] : changes) both["sub/" + path] = file;
    commits.push_back(repository.commit(both));
  }
  const auto before = inventory(repository.root() / ".git");

  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  const std::string path = GENERATE("", "sub");
  Worktree worktree(history, folder.path() / "w", path);
  for (int step = 0; step < 50; ++step) {
    const std::string& commit = commits[random() % commits.size()];
    CAPTURE(step, commit);
    worktree.move_to({commit});
    REQUIRE(worktree.commit()->hex == commit);
    REQUIRE(listing(worktree.folder()) == archive(repository, commit, path));
  }
  CHECK(inventory(repository.root() / ".git") == before);
}

TEST_CASE("A reset undoes what a trial did", "[adapters][worktree]") {
  std::mt19937_64 random(7);
  GitRepository repository;
  const auto commit = repository.commit(
      {{"keep", RepositoryFile{"1"}},
       {"same-size", RepositoryFile{"abc"}},
       {"run.sh", RepositoryFile{"#!/bin/sh\n", Kind::executable}},
       {"lib/a", RepositoryFile{"a"}},
       {"lib/deep/b", RepositoryFile{"b"}},
       {"link", RepositoryFile{"lib/a", Kind::link}}});
  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  Worktree worktree(history, folder.path() / "w");
  worktree.move_to({commit});
  const fs::path w = worktree.folder();
  const auto clean = listing(w);

  write(w / "same-size", "xyz");  // right away, in the same tick of the clock
  chmod((w / "run.sh").c_str(), 0644);
  fs::remove(w / "lib/a");
  fs::remove(w / "link");
  fs::create_symlink("/etc", w / "link");
  fs::remove_all(w / "lib/deep");
  fs::create_directory_symlink(folder.path(), w / "lib/deep");
  write(w / "build/out.o", "object");
  write(w / "lib/__pycache__/a.pyc", "cache");
  fs::create_directory(w / "empty");
  fs::remove(w / "keep");
  write(w / "keep/now-a-folder", "x");
  fs::permissions(w / "build", fs::perms::owner_read);

  SECTION("tracked files only") {
    worktree.reset(Worktree::Reset::tracked);
    auto expected = clean;
    expected["build/out.o"] = "f object";
    expected["lib/__pycache__/a.pyc"] = "f cache";
    expected["empty"] = "empty folder";
    fs::permissions(w / "build", fs::perms::owner_all);
    CHECK(listing(w) == expected);
    worktree.reset(Worktree::Reset::all);
    CHECK(listing(w) == clean);
  }
  SECTION("everything") {
    worktree.reset(Worktree::Reset::all);
    CHECK(listing(w) == clean);
  }
  CHECK_FALSE(fs::exists(folder.path() / "b"));  // not through the link
}

TEST_CASE("A change of equal size and time is still seen",
          "[adapters][worktree]") {
  GitRepository repository;
  const auto commit = repository.commit_files({{"f", "abc"}});
  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  Worktree worktree(history, folder.path() / "w");
  worktree.move_to({commit});
  for (int i = 0; i < 50; ++i) {
    // In place: same inode, same size, and mostly the same clock tick.
    std::fstream(worktree.folder() / "f", std::ios::in | std::ios::out) << "x";
    worktree.reset(Worktree::Reset::tracked);
    REQUIRE(content_of(worktree.folder() / "f") == "abc");
  }
}

TEST_CASE("Generated files lie over the commit until the next move",
          "[adapters][worktree]") {
  GitRepository repository;
  const auto one =
      repository.commit({{"requirements.txt", RepositoryFile{"a"}},
                         {"conf", RepositoryFile{"lib", Kind::link}},
                         {"lib/x", RepositoryFile{"x"}}});
  const auto two = repository.commit_files({{"lib/x", "y"}});
  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  Worktree worktree(history, folder.path() / "w");
  const fs::path w = worktree.folder();
  CHECK_THROWS_AS(worktree.overlay({{"a", "b"}}), PlatformError);
  worktree.move_to({one});
  const auto clean = listing(w);

  worktree.overlay({{"requirements.txt", "b"}, {"new/deep/file", "n"}});
  CHECK(content_of(w / "requirements.txt") == "b");
  CHECK(content_of(w / "new/deep/file") == "n");
  worktree.overlay({{"./Procfile", "web: x"}});
  CHECK(content_of(w / "requirements.txt") == "a");
  CHECK_FALSE(fs::exists(w / "new"));
  CHECK(content_of(w / "Procfile") == "web: x");

  SECTION("a move takes them off") {
    worktree.move_to({one});
    CHECK(listing(w) == clean);
    worktree.overlay({{"lib/x", "generated"}});
    worktree.move_to({two});
    CHECK(listing(w) == archive(repository, two));
  }
  SECTION("a reset takes them off") {
    worktree.reset(Worktree::Reset::tracked);
    CHECK(listing(w) == clean);
  }
  SECTION("the next run takes them off") {
    { const Worktree gone = std::move(worktree); }
    Worktree next(history, w);
    REQUIRE(next.commit()->hex == one);
    next.move_to({two});
    CHECK(listing(w) == archive(repository, two));
  }
  SECTION("they cannot leave the folder") {
    for (const char* path : {"../out", "/tmp/out", "a/../../out", "", ".", "x/",
                             "conf/x", "lib/x/y", "lib"}) {
      CAPTURE(path);
      CHECK_THROWS_AS(worktree.overlay({{path, "escaped"}}), PlatformError);
    }
    CHECK_FALSE(fs::exists(folder.path() / "out"));
    CHECK(content_of(w / "lib/x") == "x");
    // A link that a trial made is no way out either.
    fs::create_directory_symlink(folder.path(), w / "trap");
    worktree.overlay({{"trap/out", "inside"}});
    CHECK_FALSE(fs::exists(folder.path() / "out"));
    CHECK(content_of(w / "trap/out") == "inside");
  }
}

TEST_CASE("The next run goes on from the checkout it finds",
          "[adapters][worktree]") {
  GitRepository repository;
  const auto one = repository.commit_files({{"a", "1"}, {"b", "1"}});
  const auto two = repository.commit_files({{"a", "2"}});
  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  const fs::path w = folder.path() / "w";
  ino_t inode = 0;
  {
    Worktree worktree(history, w);
    worktree.move_to({one});
    struct stat status {};
    REQUIRE(stat((w / "b").c_str(), &status) == 0);
    inode = status.st_ino;
    CHECK_THROWS_WITH(Worktree(history, w), Contains("in use"));
  }
  SECTION("files that did not change are not written again") {
    Worktree worktree(history, w);
    worktree.move_to({two});
    struct stat status {};
    REQUIRE(stat((w / "b").c_str(), &status) == 0);
    CHECK(status.st_ino == inode);
    CHECK(listing(w) == archive(repository, two));
  }
  SECTION("what a trial of the run before changed is put right") {
    write(w / "b", "changed");
    Worktree worktree(history, w);
    worktree.move_to({two});
    CHECK(listing(w) == archive(repository, two));
  }
  SECTION("a folder that was emptied is filled again") {
    fs::remove_all(w);
    Worktree worktree(history, w);
    worktree.move_to({one});
    CHECK(listing(w) == archive(repository, one));
  }
  SECTION("the commit it holds is gone from the repository, by a new clone or "
          "git gc") {
    fs::remove_all(repository.root());
    GitRepository again(repository.root());
    const auto three = again.commit_files({{"a", "3"}, {"c", "3"}});
    const GitHistory new_history(again.root());
    write(w / "left", "behind");
    Worktree worktree(new_history, w);
    CHECK_FALSE(worktree.commit());
    worktree.move_on({three});
    CHECK(listing(w) == archive(again, three));
  }
  SECTION("another path or repository is not mixed up with it") {
    GitRepository other;
    const auto commit = other.commit_files({{"c", "3"}});
    const GitHistory other_history(other.root());
    Worktree worktree(other_history, w);
    CHECK_FALSE(worktree.commit());
    worktree.move_to({commit});
    CHECK(listing(w) == archive(other, commit));
  }
  SECTION("a damaged state file is not believed") {
    const std::string whole = content_of(w.string() + ".state");
    const auto keep = GENERATE(range(0, 200, 7));
    write(w.string() + ".state",
          whole.substr(0, whole.size() - static_cast<std::size_t>(keep) - 1));
    Worktree worktree(history, w);
    CHECK_FALSE(worktree.commit());
    worktree.move_to({two});
    CHECK(listing(w) == archive(repository, two));
  }
}

TEST_CASE("Killed while it moves, a worktree is repaired by the next move",
          "[adapters][worktree]") {
  GitRepository repository;
  std::map<std::string, std::string> first, second;
  for (int i = 0; i < 300; ++i) {
    const std::string path =
        "d" + std::to_string(i % 7) + "/f" + std::to_string(i);
    first[path] = "one " + std::to_string(i);
    second[path] = "two " + std::to_string(i);
  }
  const auto one = repository.commit_files(first);
  const auto two = repository.commit_files(second);
  const TemporaryFolder folder;
  const fs::path w = folder.path() / "w";
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 25; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      const GitHistory history(repository.root());
      Worktree worktree(history, w);
      while (true) {
        worktree.move_to({one});
        worktree.move_to({two});
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const GitHistory history(repository.root());
    Worktree worktree(history, w);
    worktree.move_to({random() % 2 == 0 ? one : two});
    const auto commit = worktree.commit()->hex;
    REQUIRE(listing(w) == archive(repository, commit));
  }
}

TEST_CASE("A disk that is full is one clear error, and the next use recovers",
          "[adapters][worktree]") {
  GitRepository repository;
  const auto one = repository.commit_files({{"a", "1"}});
  const auto two = repository.commit_files(
      {{"a", "2"}, {"big", std::string(100'000, 'x')}, {"c", "3"}});
  const TemporaryFolder folder;
  const fs::path w = folder.path() / "w";
  // In a child, because a limit on file sizes stands in for the full disk and
  // cannot be lifted again.
  const int status = in_child([&] {
    const GitHistory history(repository.root());
    Worktree worktree(history, w);
    worktree.move_to({one});
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{50'000, 50'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      worktree.move_to({two});
    } catch (const PlatformError& error) {
      const std::string what = error.what();
      const bool clear = what.find("big") != what.npos &&
                         what.find("free some space") != what.npos &&
                         what.find('\n') == what.npos;
      _exit(clear && !worktree.commit() ? 42 : 1);
    }
    _exit(2);
  });
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 42);
  const GitHistory history(repository.root());
  Worktree worktree(history, w);
  CHECK_FALSE(worktree.commit());
  worktree.move_to({two});
  CHECK(listing(w) == archive(repository, two));
}

TEST_CASE("What cannot be deployed is refused before anything is written",
          "[adapters][worktree]") {
  GitRepository repository;
  const auto plain = repository.commit_files({{"app/a", "1"}, {"x", "1"}});
  const auto without = repository.commit({{"app", std::nullopt}});
  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  Worktree worktree(history, folder.path() / "w", "app");
  worktree.move_to({plain});
  CHECK_THROWS_AS(worktree.move_to({without}), CannotDeploy);
  CHECK(worktree.commit()->hex == plain);
  CHECK(listing(worktree.folder()) == archive(repository, plain, "app"));

  Worktree none(history, folder.path() / "n", "nothing");
  CHECK_THROWS_AS(none.move_to({plain}), CannotDeploy);
  CHECK_THROWS_AS(Worktree(history, "/proc/nowhere/w"), PlatformError);
  CHECK_THROWS_AS(Worktree(history, folder.path() / "o", "../x"), HistoryError);
}

TEST_CASE("Files are converted as .gitattributes ask, like git archive does",
          "[adapters][worktree]") {
  GitRepository repository;
  std::vector<std::string> commits;
  const std::string binary("a\0\n", 3);
  commits.push_back(repository.commit_files(
      {{".gitattributes", "*.md text\n"},
       {"run.bat", "one\ntwo\r\nthree\n"},
       {"auto.bat", "$Id$ one\n"},
       {"auto2.bat", "one\r\ntwo\n"},
       {"bin.bat", binary},
       {"id.txt", "x $Id$ y $Id: old $ z $Id: not ours $ $Id: no end\n"},
       {"sub/run.bat", "sub\n"}}));
  commits.push_back(repository.commit_files({{"id.txt", "plain $Id$\n"}}));
  commits.push_back(repository.commit_files(
      {{".gitattributes",
        "*.bat text eol=crlf\nauto*.bat text=auto eol=crlf\n"
        "bin.bat text=auto eol=crlf\nid.txt ident\n"}}));
  commits.push_back(repository.commit_files({{"run.bat", "four\nfive\n"}}));
  commits.push_back(
      repository.commit_files({{"sub/.gitattributes", "*.bat -text\n"}}));
  commits.push_back(repository.commit({{".gitattributes", std::nullopt}}));

  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  Worktree worktree(history, folder.path() / "w");
  for (const std::size_t i : {0U, 1U, 2U, 3U, 4U, 5U, 4U, 2U, 5U, 3U, 0U}) {
    CAPTURE(i);
    worktree.move_to({commits[i]});
    REQUIRE(listing(worktree.folder()) == archive(repository, commits[i]));
    write(worktree.folder() / "run.bat", "changed");
    worktree.reset(Worktree::Reset::tracked);
    REQUIRE(listing(worktree.folder()) == archive(repository, commits[i]));
  }
  CHECK(content_of(worktree.folder() / "run.bat") == "one\ntwo\r\nthree\n");

  // Attributes above the deployed folder count, too.
  Worktree sub(history, folder.path() / "s", "sub");
  for (const std::size_t i : {0U, 2U, 3U, 0U, 3U, 4U}) {
    sub.move_to({commits[i]});
    const bool crlf = i == 2 || i == 3;
    CHECK(content_of(sub.folder() / "run.bat") == (crlf ? "sub\r\n" : "sub\n"));
  }
}

TEST_CASE("Two thousand files are written by two threads alike",
          "[adapters][worktree]") {
  GitRepository repository;
  std::map<std::string, std::string> files;
  for (int i = 0; i < 2000; ++i) {
    files["d" + std::to_string(i % 30) + "/e" + std::to_string(i % 4) + "/f" +
          std::to_string(i)] = std::to_string(i);
  }
  const auto commit = repository.commit_files(files);
  const GitHistory history(repository.root());
  const TemporaryFolder folder;
  Worktree worktree(history, folder.path() / "w");
  worktree.move_to({commit});
  CHECK(listing(worktree.folder()) == archive(repository, commit));
}

}  // namespace rung::worktree_test
