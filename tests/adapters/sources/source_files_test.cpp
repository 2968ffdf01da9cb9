#include "adapters/sources/source_files.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "core/base/error.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::source_files_test {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  walk_sources(folder, [&](const std::string& path, const std::string&) {
    files.push_back(path);
  });
  return files;
}

}  // namespace

TEST_CASE("Sources are what somebody wrote", "[adapters][sources]") {
  const fakes::TempFolder folder;
  const fs::path root = folder.path();
  put(root / "a.js", "x");
  put(root / "src/b.py", "x\r\n\xff\xfe");
  put(root / "node_modules/p/index.js", "x");
  put(root / "dist/a.js", "x");
  put(root / "a.min.js", "x");
  put(root / "one.js", std::string(100'000, 'x'));
  put(root / "big.py", std::string(2'000'000, '\n'));
  put(root / "data.bin", std::string("a\0b", 3));
  put(root / "odd \"name\n.js", "x");
  fs::create_directory_symlink(root, root / "loop");
  fs::create_symlink("/etc/passwd", root / "out.py");
  REQUIRE(::mkfifo((root / "pipe.py").c_str(), 0600) == 0);
  CHECK(files_in(root) ==
        std::vector<std::string>{"a.js", "odd \"name\n.js", "src/b.py"});
  CHECK_THROWS_AS(files_in(root / "none"), HistoryError);
}

TEST_CASE("What is no source can be looked into", "[adapters][sources]") {
  const fakes::TempFolder folder;
  const fs::path root = folder.path();
  put(root / "a.js", "x");
  put(root / "dist/server/a.js", "x");
  put(root / "dist/logo.png", "x");
  put(root / "node_modules/p/index.js", "x");
  put(root / "node_modules/p/tool.exe", "x");
  put(root / "big.js", std::string(2'000'000, '\n'));
  put(root / "lib/app.jar", "x");
  put(root / ".git/config", "x");
  const auto look = [&](const fs::path& at) {
    const SourceWalk walk = walk_sources(at, [](const auto&, const auto&) {});
    std::vector<std::string> files;
    LeftOutLook found = look_into_left_out(
        at, walk, [&](const std::string& path, const std::string&) {
          files.push_back(path);
        });
    return std::pair(std::move(found), files);
  };
  const auto [whole, files] = look(root);
  CHECK(files == std::vector<std::string>{"big.js", "dist/server/a.js",
                                          "node_modules/p/index.js"});
  CHECK(whole.closed == std::vector<std::string>{"lib/app.jar"});
  CHECK_FALSE(whole.stopped);
  put(root / "dist/huge.js", std::string(65U << 20, ' '));
  CHECK(look(root).first.stopped);
}

TEST_CASE("What git ignores is left out", "[adapters][sources]") {
  const fakes::GitRepository repository;
  const fs::path root = repository.root();
  put(root / ".gitignore", "made/\n*.log.py\n");
  put(root / "made/a.py", "x");
  put(root / "app/x.log.py", "x");
  put(root / "app/a.py", "x");
  put(root / "build/tool.py", "x");  // git does not ignore it: a source
  CHECK(files_in(root) == std::vector<std::string>{".gitignore", "app/a.py",
                                                   "build/tool.py"});
  CHECK(files_in(root / "app") == std::vector<std::string>{"a.py"});
}

}  // namespace rung::source_files_test
