#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

#include "adapters/checkout/worktree.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::worktree_times_test {
namespace {

namespace fs = std::filesystem;
using fakes::GitRepository;
using fakes::TemporaryFolder;

struct stat status_of(const fs::path& file) {
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  return status;
}

void write(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

/// What a shell command prints, run in `folder`.
std::string said(const fs::path& folder, const std::string& command) {
  const TemporaryFolder out;
  const fs::path file = out.path() / "out";
  const std::string all = "cd '" + folder.string() + "' && { " + command +
                          " ; } >'" + file.string() + "' 2>&1";
  CAPTURE(command);
  const int code = std::system(all.c_str());
  std::ifstream in(file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  CAPTURE(text);
  REQUIRE(code == 0);
  return text;
}

bool is_there(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) ==
         0;
}

}  // namespace

// Python's cache knows a source by whole seconds and size; make and gcc -MD go
// by what is newer, to the nanosecond; old build tools to the second.
TEST_CASE("No cache that a trial leaves takes one commit for another",
          "[adapters][worktree][times]") {
  GitRepository repository;
  std::vector<std::string> commits;
  for (int i = 1; i <= 4; ++i) {
    const std::string digit = std::to_string(i);
    commits.push_back(repository.commit_files(
        {{"m.py", "V = " + digit + "\n"},
         {"v.h", "#define V " + digit + "\n"},
         {"text.in", digit + "\n"},
         {"same.c", "int same(void) { return 0; }\n"},
         {"main.c",
          "#include <stdio.h>\n#include \"v.h\"\nint same(void);\n"
          "int main(void) { return printf(\"%d\\n\", V + same()) < 0; }\n"},
         {"Makefile",
          "main: main.o same.o\n\t@gcc -o $@ main.o same.o\n"
          "%.o: %.c\n\t@gcc -MD -c -o $@ $<\ntext: text.in\n\t@cp $< $@\n"
          "-include main.d same.d\n"}}));
  }
  const bool python = is_there("python3");
  const bool make = is_there("make") && is_there("gcc");
  const std::string by_seconds =
      "if [ ! -e old ] || [ $(stat -c %Y text.in) -gt $(stat -c %Y old) ]; then "
      "cat text.in > old; fi; cat old";

  const GitHistory history(repository.root());
  const TemporaryFolder place;
  const fs::path w = place.path() / "w";
  Worktree worktree(history, w);
  const auto judge = [&](const std::string& value) {
    CHECK(said(w, by_seconds) == value);
    if (python) CHECK(said(w, "python3 -S -E -c 'import m; print(m.V)'") == value);
    if (make) CHECK(said(w, "make -s main text && ./main && cat text") == value + value);
  };
  timespec compiled{};
  for (const std::size_t i : {0U, 1U, 0U, 3U, 2U, 1U}) {
    CAPTURE(i);
    worktree.move_on({commits[i]});
    CHECK(status_of(w / "m.py").st_mtim.tv_sec <= std::time(nullptr));
    judge(std::to_string(i + 1) + "\n");
    if (!make) continue;
    // What did not change is not built again.
    const timespec time = status_of(w / "same.o").st_mtim;
    if (compiled.tv_sec != 0) CHECK(time.tv_sec == compiled.tv_sec);
    compiled = time;
  }
  // A trial that edits committed files spoils nothing either.
  write(w / "m.py", "V = 9\n");
  write(w / "v.h", "#define V 9\n");
  write(w / "text.in", "9\n");
  said(w, "rm -rf __pycache__ old text main *.o *.d");
  judge("9\n");
  worktree.move_on({commits[1]});
  judge("2\n");
}

TEST_CASE("Where trials leave nothing, no move waits and no time comes twice",
          "[adapters][worktree][times]") {
  GitRepository repository;
  std::vector<std::string> commits;
  for (int i = 0; i < 3; ++i) {
    commits.push_back(repository.commit_files(
        {{"a", std::to_string(i)}, {"b/always", "here"}}));
  }
  const GitHistory history(repository.root());
  const TemporaryFolder place;
  const fs::path w = place.path() / "w";
  std::set<std::time_t> seen;
  std::time_t last = 0;
  const auto look = [&] {
    const std::time_t is = status_of(w / "a").st_mtim.tv_sec;
    CHECK(is > last);
    CHECK(is <= std::time(nullptr));
    last = is;
    seen.insert(is);
  };
  {
    Worktree worktree(history, w);
    for (int i = 0; i < 40; ++i) {
      worktree.move_on({commits[static_cast<std::size_t>(i % 3)]});
      look();
    }
  }
  Worktree next(history, w);  // goes on there
  next.move_on({commits[2]});
  look();
  CHECK(seen.size() == 41);
  CHECK(status_of(w / "b/always").st_mtim.tv_sec < *std::next(seen.begin()));
}

TEST_CASE("A build's caches see what changes after it",
          "[adapters][worktree][times]") {
  GitRepository repository;
  const auto one = repository.commit_files({{"m.py", "V = 1\n"}});
  const auto two = repository.commit_files({{"m.py", "V = 2\n"}});
  const GitHistory history(repository.root());
  const TemporaryFolder place;
  Worktree worktree(history, place.path() / "w");
  worktree.move_to({one});
  write(worktree.folder() / "built", "by a build");
  const std::time_t built = status_of(worktree.folder() / "built").st_mtime;
  worktree.move_later({two});
  CHECK(status_of(worktree.folder() / "m.py").st_mtime > built);
}

}  // namespace rung::worktree_times_test
