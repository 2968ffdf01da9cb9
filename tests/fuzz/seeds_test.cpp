#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/fuzz/targets.hpp"

namespace rung::fuzz::seeds_test {

// Every fault that fuzzing has found left its input here.
TEST_CASE("What has broken a parser breaks it no more", "[fuzz]") {
  const std::filesystem::path seeds = RUNG_SOURCE_DIR "/tests/fuzz/seeds";
  std::set<std::string> folders;
  for (const auto& folder : std::filesystem::directory_iterator(seeds)) {
    folders.insert(folder.path().filename().string());
  }
  for (const Target& target : kTargets) {
    CAPTURE(target.name);
    CHECK(folders.erase(std::string(target.name)) == 1);
    for (const auto& seed :
         std::filesystem::directory_iterator(seeds / target.name)) {
      CAPTURE(seed.path().filename());
      std::ifstream in(seed.path(), std::ios::binary);
      const std::string input(std::istreambuf_iterator<char>(in), {});
      CHECK_NOTHROW(target.run(input));
    }
  }
  CHECK(folders.empty());  // seeds that nobody reads
}

}  // namespace rung::fuzz::seeds_test
