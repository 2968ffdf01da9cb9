#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "adapters/local/redacted_log.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/text_of.hpp"

namespace fs = std::filesystem;

namespace rung::redacted_log_test {

TEST_CASE("A log of what serves does not fill the disk",
          "[adapters][redacted_log]") {
  const fakes::TempFolder folder;
  const fs::path file = folder.path() / "log";
  const fs::path older = folder.path() / "log.1";
  const RedactedLog log(file, Redactor(), 100);
  std::ofstream program(log.entry(), std::ios::binary);
  for (int i = 0; i < 50; ++i) {
    const std::string line = "line " + std::to_string(i);
    program << line << std::endl;
    REQUIRE(fakes::becomes_true([&] {
      return fakes::text_of(file).find(line + "\n") != std::string::npos;
    }));
    CHECK(fs::file_size(file) <= 110);
  }
  CHECK(fs::file_size(older) <= 110);
  // Somebody removes it: it begins anew.
  fs::remove(file);
  program << "after" << std::endl;
  CHECK(fakes::becomes_true(
      [&] { return fakes::text_of(file) == "after\n"; }));
}

}  // namespace rung::redacted_log_test
