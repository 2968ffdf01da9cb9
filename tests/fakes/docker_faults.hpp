#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rung::fakes {

/// What went wrong that must not, over runs with faults on the wire.
struct DockerFaultsSeen {
  std::size_t runs = 0, calls = 0, faults = 0;
  std::size_t good = 0, bad = 0, no_verdict = 0;  ///< of trials
  std::size_t served = 0, kept = 0;               ///< of new releases to serve
  std::size_t double_deploys = 0, wrong_verdicts = 0, leftovers = 0,
              live_touched = 0, secrets_told = 0;
  std::vector<std::string> first;  ///< a line for each of the first wrongs
  [[nodiscard]] bool clean() const {
    return double_deploys + wrong_verdicts + leftovers + live_touched +
               secrets_told ==
           0;
  }
};

/// Runs seeds [first, first + count) against a FakeDockerEngine: a trial or a
/// release that is to serve, with 429, 500, 502, connections closed, answers
/// lost or cut in half, slow ones and stale reads, each by chance; then the
/// next rung cleans up.
DockerFaultsSeen run_docker_faults(std::uint64_t first, std::uint64_t count);

}  // namespace rung::fakes
