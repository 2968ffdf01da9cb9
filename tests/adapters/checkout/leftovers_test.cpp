#include "adapters/checkout/leftovers.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/fakes/git_repository.hpp"

namespace rung::leftovers_test {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

}  // namespace

TEST_CASE("Leftovers that differ are told by name", "[adapters][leftovers]") {
  const fakes::TemporaryFolder folder;
  const fs::path root = folder.path();
  const auto left = [&] {
    return leftovers_in(root, [](const std::string& file) {
      return file == "committed" || file == "d/committed";
    });
  };
  write(root / "committed", "1");
  write(root / "d/committed", "1");
  write(root / "d/same", "1");
  write(root / "d/changed", "1");
  write(root / "gone", "1");
  write(root / ".git/HEAD", "1");
  fs::create_symlink("gone", root / "link");
  const Leftovers before = left();
  CHECK(before.size() == 3);
  write(root / "committed", "2");
  write(root / "d/committed", "2");
  write(root / "d/changed", "2");
  write(root / "new", "2");
  write(root / "large", std::string(100'000, 'x'));
  write(root / ".git/HEAD", "2");
  fs::remove(root / "gone");
  CHECK(differing(before, left()) ==
        std::vector<std::string>{"d/changed", "gone", "large", "new"});
  CHECK(differing(before, before).empty());
  CHECK(differing(left(), left()).empty());
}

}  // namespace rung::leftovers_test
