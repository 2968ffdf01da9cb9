#include <catch2/catch.hpp>

#include "tests/fakes/cloudrun_faults.hpp"
#include "tests/fakes/effort.hpp"

namespace rung::faults_test {

TEST_CASE("Whatever breaks between rung and Cloud Run's fake, nothing is "
          "deployed twice, blamed falsely or left behind",
          "[adapters][cloudrun_platform][faults]") {
  fakes::CloudRunFaultTally tally;
  // rung_cloudrun_faults_bench makes more of them.
  const std::uint64_t runs = fakes::effort(200);
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    fakes::cloudrun_fault_run(seed, tally);
  }
  CAPTURE(tally.first_problem);
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
}

}  // namespace rung::faults_test
