#include <catch2/catch.hpp>

#include "tests/fakes/cloudrun_faults.hpp"

namespace rung::faults_test {

namespace {

/// Every second run, so that the two halves can go side by side.
void check_runs_from(std::uint64_t first) {
  fakes::CloudRunFaultTally tally;
  // rung_cloudrun_faults_bench makes more of them.
  for (std::uint64_t seed = first; seed <= 2000; seed += 2) {
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

}  // namespace

TEST_CASE("Whatever breaks between rung and Cloud Run's fake, nothing is "
          "deployed twice, blamed falsely or left behind (odd seeds)",
          "[adapters][cloudrun_platform][faults]") {
  check_runs_from(1);
}

TEST_CASE("Whatever breaks between rung and Cloud Run's fake, nothing is "
          "deployed twice, blamed falsely or left behind (even seeds)",
          "[adapters][cloudrun_platform][faults]") {
  check_runs_from(2);
}

}  // namespace rung::faults_test
