#include <catch2/catch.hpp>

#include "tests/fakes/effort.hpp"
#include "tests/fakes/render_faults.hpp"

namespace rung::faults_test {

TEST_CASE("Faults before the fake of Render blame no release and leave nothing",
          "[adapters][render][faults]") {
  fakes::RenderFaultTally tally;
  // rung_render_faults_bench makes more of them.
  const std::uint64_t runs = fakes::effort(200);
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    fakes::render_fault_run(seed, tally);
  }
  for (const auto& problem : tally.problems) FAIL_CHECK(problem);
  CHECK(tally.double_deploys == 0);
  CHECK(tally.false_verdicts == 0);
  CHECK(tally.leftovers == 0);
  CHECK(tally.live_touched == 0);
  CHECK(tally.aborted == 0);
  // The runs were not all given up: most trials came to their verdict.
  CHECK(tally.right > tally.trials / 2);
  CHECK(tally.served > 0);
  CHECK(tally.not_served > 0);
  for (const auto fault : fakes::FaultyProxy::all()) {
    CHECK(tally.faults[fault] > 0);
  }
  // Rung keeps Render's limits by itself: the fake never had to refuse.
  CHECK(tally.limited == 0);
}

}  // namespace rung::faults_test
