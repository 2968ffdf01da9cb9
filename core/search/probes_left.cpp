#include "core/search/probes_left.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace rung {
namespace {

/// Probes that halve `count` candidates down to one, at best and at worst.
unsigned at_best(std::uint64_t count) {
  return count == 0 ? 0U : static_cast<unsigned>(std::bit_width(count)) - 1;
}
unsigned at_worst(std::uint64_t count) {
  return count == 0 ? 0U : static_cast<unsigned>(std::bit_width(count - 1));
}

unsigned rounded(double probes) {
  return static_cast<unsigned>(std::lround(std::max(0.0, probes)));
}

/// How the number needed spreads about what is expected: nine times of ten it
/// lies from `low` to `high` times that, and `more`.
struct Spread {
  double low, high, more;
};

Search::Left left_of_noisy(const Decision& decision, const Noise& noise,
                           std::uint64_t suspects, unsigned proof) {
  // The numbers were fitted on the flaky worlds of tests/bench/estimate.cpp.
  constexpr Spread kKnown{0.45, 1.5, 3}, kLearned{0.22, 3.3, 3};
  double mean = std::max<double>(static_cast<double>(decision.wanted.size()),
                                 decision.expected) +
                proof;
  if (!noise.known) {
    // Learning the rates costs besides. And what is expected is itself a guess
    // at the gate: it is drawn half way to what searches take on the whole.
    constexpr double kLearning = 1.5, kDoubt = 2, kNear = 1.6, kUsual = 25;
    mean = kLearning * mean + kDoubt;
    mean = std::min(kNear * mean, std::sqrt(kUsual * mean));
  }
  const auto& [low, high, more] = noise.known ? kKnown : kLearned;
  return {suspects, rounded(3 * mean) + 1, mean,
          std::max(1U, rounded(low * mean)), rounded(high * mean + more)};
}

}  // namespace

Search::Left expected_left(const Decision& decision, const SearchInput& input,
                           const SearchOptions& options) {
  // Commits alone prove themselves on the way: the place that fails and the
  // one below it were probed. Any other delta is tried alone, and left out.
  constexpr unsigned kProof = 2;
  const unsigned proof = input.deltas > 0 ? kProof : 0;
  const auto wanted = static_cast<unsigned>(decision.wanted.size());
  const std::uint64_t suspects = decision.suspects.size();
  if (!decision.controls_hold) {
    const auto most = wanted + at_worst(suspects) + kProof;
    return {suspects, most, static_cast<double>(most),
            wanted + at_best(suspects) + proof, most};
  }
  if (options.noise)
    return left_of_noisy(decision, *options.noise, suspects, proof);
  if (!decision.narrowing) {
    const double mean = wanted + proof / 2.0;
    auto high = std::max(1U, wanted + proof - (proof > 0));
    // A culprit that turns out to need company starts another search.
    const bool alone_is_open = std::any_of(
        decision.wanted.begin(), decision.wanted.end(),
        [](const Wanted& one) { return one.purpose == Purpose::alone; });
    if (alone_is_open && input.deltas > 1) high += at_worst(input.deltas) + 2;
    return {suspects, wanted + kProof - 1, mean, 1, high};
  }
  const auto& [line, candidates, found] = *decision.narrowing;
  const auto skips = static_cast<unsigned>(
      std::count(candidates.skipped.begin(), candidates.skipped.end(), 1));
  const std::uint64_t count = candidates.vertices.size();
  const auto most = at_worst(count) + skips + kProof;
  const double mean =
      std::log2(static_cast<double>(count)) + skips / 2.0 + proof;
  auto high = at_worst(count) + skips + proof;
  // Where several deltas may be needed together, one time in four they are,
  // and each is searched for and proved. Two of them cover nine of ten.
  if (input.deltas > 1) high += at_worst(input.deltas) / (found + 1) + 3;
  // Untestable places seldom come alone.
  if (skips > 0) high += 4;
  if (input.deltas == 0) ++high;  // a merge's other parents, a place beside
  return {count + suspects, most, std::min(mean, static_cast<double>(most)),
          std::max(1U, at_best(count) + proof), std::max(high, 1U)};
}

}  // namespace rung
