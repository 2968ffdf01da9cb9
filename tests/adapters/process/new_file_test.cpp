#include <catch2/catch.hpp>
#include <filesystem>

#include "adapters/process/file_text.hpp"
#include "adapters/process/new_file.hpp"
#include "core/base/error.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::new_file_test {

TEST_CASE("A new file is whole and takes no other's place",
          "[adapters][process]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / "plan.yaml";
  CHECK(write_new_file(file, "one"));
  CHECK_FALSE(write_new_file(file, "two"));
  CHECK(file_text(file) == "one");
  std::filesystem::create_symlink("nowhere", folder.path() / "link");
  CHECK_FALSE(write_new_file(folder.path() / "link", "two"));
  CHECK_THROWS_AS(write_new_file(folder.path() / "no/such", "x"), AbortError);
  // No draft is left.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()),
                      std::filesystem::directory_iterator()) == 2);
}

}  // namespace rung::new_file_test
