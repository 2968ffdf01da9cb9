// Seeded runs of the Cloud Run adapter against its fake with faults between.
//   rung_cloudrun_faults_bench [RUNS [FIRST-SEED]]    default: 100000 from 1
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "tests/fakes/cloudrun_faults.hpp"

int main(int count, char** words) {
  const long runs = count > 1 ? std::atol(words[1]) : 100'000;
  const long first = count > 2 ? std::atol(words[2]) : 1;
  rung::fakes::CloudRunFaultTally tally;
  const auto begun = std::chrono::steady_clock::now();
  for (long i = 0; i < runs; ++i) {
    rung::fakes::cloudrun_fault_run(static_cast<std::uint64_t>(first + i),
                                    tally);
  }
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begun;
  int faults = 0;
  for (const auto& [fault, times] : tally.faults) faults += times;
  fmt::print(
      "runs {}  calls {}  faults {}  deploys {}  {:.1f} s\n"
      "trials {}  right {}  infra {}\n"
      "served {}  not served {}  not known {}\n"
      "double deploys {}  false verdicts {}  leftovers {}  live touched {}  "
      "aborted {}\n{}\n",
      tally.runs, tally.calls, faults, tally.deploys, took.count(),
      tally.trials, tally.right, tally.infra, tally.served, tally.not_served,
      tally.not_known, tally.double_deploys, tally.false_verdicts,
      tally.leftovers, tally.live_touched, tally.aborted, tally.first_problem);
  return tally.first_problem.empty() ? 0 : 1;
}
