#include "tests/bench/bench.hpp"
#include "tests/fakes/unknown_gate.hpp"

namespace rung::bench {

void unknown(int trials) {
  constexpr std::uint32_t n = 92;
  const auto history = fakes::linear(n);
  std::mt19937_64 random(14 + other_worlds);
  for (const double rate : {0.25, 0.1, 0.0}) {
    Sample sample;
    unsigned wrong = 0, unnoticed = 0, drift = 0, other = 0;
    for (int trial = 0; trial < trials; ++trial) {
      const auto culprit = static_cast<std::uint32_t>(random() % n);
      const auto world = lying(breaks_from(culprit), {0, rate}, random);
      const auto played = fakes::play_unknown(history, world);
      const auto& answer = played.answer;
      const bool named = answer.outcome == Answer::Outcome::culprit;
      const bool right = named && answer.findings.size() == 1 &&
                         answer.findings[0].culprit ==
                             std::vector{DeltaRef{true, culprit}};
      wrong += named && !right;
      unnoticed += named && !right && !played.noticed;
      drift += answer.outcome == Answer::Outcome::drift;
      other += !named && answer.outcome != Answer::Outcome::drift;
      sample.add(played.total, right);
    }
    row(fmt::format("a start that fails in {:.0f} %, nothing known, 92 commits",
                    100 * rate),
        sample, "",
        fmt::format("accused wrongly {:.2f} % (without notice {:.2f} %), drift "
                    "{:.2f} %, other {:.2f} %",
                    100.0 * wrong / trials, 100.0 * unnoticed / trials,
                    100.0 * drift / trials, 100.0 * other / trials));
  }
}

}  // namespace rung::bench
