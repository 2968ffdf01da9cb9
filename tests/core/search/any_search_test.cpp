#include <catch2/catch.hpp>

#include "tests/fakes/any_search.hpp"
#include "tests/fakes/effort.hpp"

namespace rung::any_search_test {
namespace {

constexpr std::uint64_t kParts = 4;

/// Each part is a test of its own, so that they run side by side.
void play_part(std::uint64_t part) {
  std::uint64_t accused = 0;
  // `rung_search_bench worlds N` plays millions in a release build.
  const auto worlds = fakes::effort(200'000) / kParts;
  for (std::uint64_t i = 0; i < worlds; ++i) {
    const auto seed = i * kParts + part;
    CAPTURE(seed);
    const auto run = fakes::any_search(seed);
    if (!run.fault.empty()) FAIL("world " << seed << ": " << run.fault);
    accused += run.accused;
  }
  CHECK(accused >= worlds / 4);
}

}  // namespace

TEST_CASE("Any answers in any order, part 1", "[core][search][worlds]") {
  play_part(0);
}
TEST_CASE("Any answers in any order, part 2", "[core][search][worlds]") {
  play_part(1);
}
TEST_CASE("Any answers in any order, part 3", "[core][search][worlds]") {
  play_part(2);
}
TEST_CASE("Any answers in any order, part 4", "[core][search][worlds]") {
  play_part(3);
}

TEST_CASE("Any answers in any order, in long histories",
          "[core][search][worlds]") {
  for (std::uint64_t seed = 1'000'000; seed < 1'000'012; ++seed) {
    const auto run = fakes::any_search(seed, {250, 12, 20});
    if (!run.fault.empty()) FAIL("world " << seed << ": " << run.fault);
  }
}

}  // namespace rung::any_search_test
