#include "adapters/git/untracked_files.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "core/base/error.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::untracked_files_test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

void write(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "x";
}

}  // namespace

TEST_CASE("Untracked files are those git neither knows nor ignores",
          "[adapters][untracked_files]") {
  fakes::GitRepository repository;
  repository.commit_files({{".gitignore", "*.log\n!kept.log\n/out/\n"},
                           {"app/.gitignore", "cache\n"},
                           {"app/main", "1"},
                           {"app/lib/a", "1"},
                           {"readme", "1"}});
  repository.check_out();
  const fs::path& root = repository.root();
  const std::string reset = "git -C '" + root.string() + "' reset -q";
  REQUIRE(std::system(reset.c_str()) == 0);
  CHECK(untracked_files(root).empty());

  std::ofstream(root / "readme") << "changed, which is another matter";
  fs::remove(root / "app/lib/a");
  CHECK(untracked_files(root).empty());

  write(root / "new");
  write(root / "app/new");
  write(root / "app/kept.log");
  write(root / "app/ignored.log");
  write(root / "app/cache/deep/file");
  write(root / "out/program");
  write(root / "tools/check.sh");
  write(root / "tools/more/check.log");
  write(root / "logs/only.log");
  write(root / ".rung/journal.db");
  write(root / "app/.rung/journal.db");
  write(root / "other/.git/HEAD");
  fs::create_directories(root / "empty/inside");
  fs::create_directory_symlink("app", root / "link");
  CHECK(untracked_files(root) ==
        Names{"app/kept.log", "app/new", "link", "new", "other", "tools"});
}

TEST_CASE("A submodule is tracked, and what is in it is its own",
          "[adapters][untracked_files]") {
  fakes::GitRepository repository;
  repository.commit_files({{"a", "1"}});
  repository.commit_submodule("vendored");
  repository.check_out();
  const std::string reset =
      "git -C '" + repository.root().string() + "' reset -q";
  REQUIRE(std::system(reset.c_str()) == 0);
  write(repository.root() / "vendored/file");
  CHECK(untracked_files(repository.root()).empty());
}

TEST_CASE("Untracked files of no repository are an error",
          "[adapters][untracked_files]") {
  const fakes::TemporaryFolder folder;
  CHECK_THROWS_AS(untracked_files(folder.path()), HistoryError);
}

}  // namespace rung::untracked_files_test
