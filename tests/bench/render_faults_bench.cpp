// Seeded faults between rung and the fake of Render, many of them:
//   rung_render_faults_bench [RUNS [FIRST_SEED]]     (100000 from 1)
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "tests/fakes/render_faults.hpp"

int main(int argc, char** argv) {
  const std::uint64_t runs = argc > 1 ? std::strtoull(argv[1], nullptr, 10)
                                      : 100'000;
  const std::uint64_t first =
      argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  rung::fakes::RenderFaultTally tally;
  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    rung::fakes::render_fault_run(seed, tally);
  }
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begun;
  for (const auto& problem : tally.problems) fmt::print("{}\n", problem);
  fmt::print("{} runs in {:.0f} s, {:.2f} ms each\n", tally.runs, took.count(),
             took.count() * 1000 / tally.runs);
  fmt::print("trials {}: right {}, infra {}\n", tally.trials, tally.right,
             tally.infra);
  fmt::print("releases to serve: served {}, not {}, unknown {}\n",
             tally.served, tally.not_served, tally.not_known);
  fmt::print("calls per deploy {:.1f}, refused by a rate limit {}\n",
             static_cast<double>(tally.calls) /
                 static_cast<double>(tally.deploys),
             tally.limited);
  fmt::print(
      "double deploys {}, false verdicts {}, leftovers {}, live touched {}, "
      "aborted {}\n",
      tally.double_deploys, tally.false_verdicts, tally.leftovers,
      tally.live_touched, tally.aborted);
  const bool fine = tally.double_deploys + tally.false_verdicts +
                        tally.leftovers + tally.live_touched + tally.aborted ==
                    0;
  return fine ? 0 : 1;
}
