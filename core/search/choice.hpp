#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace rung {

/// Whether no probe among these candidates is worth its price: all but the
/// last are known to be untestable, or what is left untested lies inside a
/// long run in which every place tried was untestable. `skipped[i]`:
/// candidate i could not be judged. The last one is known and never tested.
/// `elsewhere`: how many untestable places were met that are no candidates any
/// more; the more of them, the more likely skips stand alone than in a run.
bool nothing_to_gain(std::span<const std::uint8_t> skipped,
                     std::size_t elsewhere);

/// How to choose among candidates.
struct Choice {
  /// below[i]: how many candidates remain when candidate i fails, itself
  /// included; the others remain when it passes. below.back() == size.
  std::span<const std::uint32_t> below;
  /// The same in belief; mass.back() is all of it. Empty: all equally likely.
  std::span<const double> mass;
  std::span<const std::uint8_t> skipped;
  std::size_t skipped_elsewhere = 0;
  /// Candidates that are being probed now.
  std::span<const std::uint32_t> running;
  /// Expected seconds of probing candidate i; unset = all equal.
  std::function<double(std::uint32_t)> seconds;
  /// How many calls of `seconds` are affordable.
  std::size_t calls = 0;
  /// Probes the worst case may still take; at least log2 of the candidates.
  unsigned budget = 0;
};

/// Up to `count` candidates to probe beside those running, best first. One
/// alone gives the most expected information per second that still lets the
/// rest be told apart within the budget; with nothing known of likelihood and
/// price that is git's rule, halving. Several cut the belief into equal parts.
std::vector<std::uint32_t> choose(const Choice& choice, std::size_t count);

/// Bits learned from a yes that comes with probability p.
double entropy(double p);

}  // namespace rung
