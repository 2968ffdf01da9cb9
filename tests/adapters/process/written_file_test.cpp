#include "adapters/process/written_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>

#include "adapters/process/file_text.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::written_file_test {
namespace {

namespace fs = std::filesystem;

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("A file that is made is whole and takes no other's place",
          "[adapters][process]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / "plan.yaml";
  CHECK(create_file(file, "one"));
  CHECK_FALSE(create_file(file, "two"));
  CHECK(errno == EEXIST);
  CHECK(file_text(file) == "one");
  fs::create_symlink("nowhere", folder.path() / "link");
  CHECK_FALSE(create_file(folder.path() / "link", "two"));
  CHECK(errno == EEXIST);
  CHECK_FALSE(create_file(folder.path() / "no/such", "x"));
  CHECK(errno == ENOENT);
  CHECK(entries_in(folder.path()) == 2);  // no draft is left
}

TEST_CASE("A file that is replaced is the old one or the new one",
          "[adapters][process]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / "state.json";
  CHECK(replace_file(file, "one"));
  CHECK(replace_file(file, "two"));
  CHECK(file_text(file) == "two");
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  // A draft that a killed process left is no hindrance; a folder in the place
  // of the file is.
  REQUIRE(create_file(file.string() + ".new", "half"));
  CHECK(replace_file(file, "three"));
  CHECK(file_text(file) == "three");
  fs::create_directories(folder.path() / "taken" / "x");
  CHECK_FALSE(replace_file(folder.path() / "taken", "x"));
  CHECK(entries_in(folder.path()) == 2);
}

}  // namespace rung::written_file_test
