#include "adapters/checkout/work_tree_watch.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "tests/fakes/temp_folder.hpp"

namespace fs = std::filesystem;

namespace rung::work_tree_watch_test {
namespace {

void read(const fs::path& file) {
  std::string text;
  std::ifstream(file) >> text;
}

}  // namespace

TEST_CASE("Files of the work tree that are opened are seen",
          "[adapters][work_tree_watch]") {
  using Names = std::set<std::string>;
  const fakes::TempFolder folder;
  const fs::path root = folder.path();
  fs::create_directories(root / "src");
  for (const char* name : {"src/lib.py", "src/other.py", "top"}) {
    std::ofstream(root / name) << "x";
  }
  WorkTreeWatch watch(root, {"src/lib.py", "top", "gone/away"});
  CHECK(watch.take_opened().empty());
  read(root / "src/lib.py");
  read(root / "src/other.py");
  CHECK(watch.take_opened() == Names{"src/lib.py"});
  CHECK(watch.take_opened().empty());
  read(root / "top");
  CHECK(watch.take_opened() == Names{"top"});
  // Python makes this folder at the first import, and reads it from then on.
  fs::create_directories(root / "src/__pycache__");
  std::ofstream(root / "src/__pycache__/lib.cpython-311.pyc") << "x";
  watch.take_opened();
  read(root / "src/__pycache__/lib.cpython-311.pyc");
  CHECK(watch.take_opened() == Names{"src/lib.py"});
}

}  // namespace rung::work_tree_watch_test
