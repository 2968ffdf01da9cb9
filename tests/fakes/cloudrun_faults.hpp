#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/fakes/faulty_proxy.hpp"

namespace rung::fakes {

/// What many seeded runs of the Cloud Run adapter against its fake, with
/// faults in between, came to.
struct CloudRunFaultTally {
  int runs = 0, trials = 0, right = 0, infra = 0;
  int served = 0, not_served = 0, not_known = 0;
  int double_deploys = 0, false_verdicts = 0, leftovers = 0, live_touched = 0;
  int aborted = 0;  ///< AbortErrors: nothing here warrants one
  std::size_t calls = 0, deploys = 0;
  std::map<ApiFault, int> faults;
  std::string first_problem;  ///< with its seed; "" = none
};

/// One run: trials of releases that are known to be good or bad, side by side
/// or not, then a release that shall serve, perhaps a death of rung on the
/// way; then the next rung cleans up and all is looked at.
void cloudrun_fault_run(std::uint64_t seed, CloudRunFaultTally& tally);

}  // namespace rung::fakes
