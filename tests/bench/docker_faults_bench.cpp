// Runs of the docker adapter with faults on the wire, against the fake engine:
//   rung_docker_faults_bench [RUNS [FIRST_SEED]]
#define CATCH_CONFIG_RUNNER  // the suite's words need Catch2, not its main()
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "tests/fakes/docker_faults.hpp"

int main(int argc, char** argv) {
  const std::uint64_t runs =
      argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const std::uint64_t first =
      argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const auto begun = std::chrono::steady_clock::now();
  const auto seen = rung::fakes::run_docker_faults(first, runs);
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begun;
  fmt::print(
      "docker, fake engine: {} runs, {} calls, {} faults, {:.0f} s\n"
      "trials: {} good, {} bad; {} runs without a verdict; {} served, {} kept\n"
      "double deploys {}, wrong verdicts {}, leftovers {}, live touched {}, "
      "secrets told {}\n",
      seen.runs, seen.calls, seen.faults, took.count(), seen.good, seen.bad,
      seen.no_verdict, seen.served, seen.kept, seen.double_deploys,
      seen.wrong_verdicts, seen.leftovers, seen.live_touched,
      seen.secrets_told);
  for (const auto& line : seen.first) fmt::print("{}\n", line);
  return seen.clean() ? 0 : 1;
}
