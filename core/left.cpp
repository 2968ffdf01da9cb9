#include "core/left.hpp"

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

Search::Left noisy(const Decision& decision, const Noise& noise,
                   std::uint64_t suspects, unsigned proof) {
  // How the number needed spreads about what is expected; and what learning
  // the rates costs besides, when they are not known.
  constexpr double kLow = 0.35, kHigh = 2.4, kLearning = 1.5, kDoubt = 1.5;
  double mean = std::max<double>(static_cast<double>(decision.wanted.size()),
                                 decision.expected) +
                proof;
  if (!noise.known) mean = kLearning * mean + kDoubt;
  return {suspects, rounded(3 * mean) + 1, mean,
          std::max(1U, rounded(kLow * mean)), rounded(kHigh * mean) + 1};
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
  if (options.noise) return noisy(decision, *options.noise, suspects, proof);
  if (!decision.narrowing) {
    const double mean = wanted + proof / 2.0;
    return {suspects, wanted + kProof - 1, mean, 1,
            std::max(1U, wanted + proof - (proof > 0))};
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
  if (input.deltas > 1) high += at_worst(input.deltas) / (found + 1) + 1;
  // Untestable places seldom come alone.
  if (skips > 0) high += 4;
  if (input.deltas == 0) ++high;  // a merge's other parents, a place beside
  return {count + suspects, most, std::min(mean, static_cast<double>(most)),
          std::max(1U, at_best(count) + proof), std::max(high, 1U)};
}

}  // namespace rung
