#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace rung {

/// Whether no probe among these candidates is worth its price: all but the last
/// are known to be untestable, or the untested ones lie inside a long run in
/// which each place tried was untestable. `skipped[i]`: candidate i could not
/// be judged. The last one is known and never tested. `elsewhere`: how many
/// untestable places the search met that are no longer candidates; the more of
/// them, the more likely skips are single and not in a run.
bool nothing_to_gain(std::span<const std::uint8_t> skipped,
                     std::size_t elsewhere);

/// How to choose among candidates.
struct Choice {
  /// below[i]: how many candidates remain if candidate i fails, itself
  /// included; the others remain if it passes. below.back() == size.
  std::span<const std::uint32_t> below;
  /// The same as belief; mass.back() is the total. Empty: all equally likely.
  std::span<const double> mass;
  std::span<const std::uint8_t> skipped;
  std::size_t skipped_elsewhere = 0;
  /// Candidates that rung is probing now.
  std::span<const std::uint32_t> running;
  /// Expected seconds of probing candidate i; unset = all equal.
  std::function<double(std::uint32_t)> seconds;
  /// How many calls of `seconds` rung can afford.
  std::size_t calls = 0;
  /// How many probes the worst case can still take; at least log2 of the
  /// candidates.
  unsigned budget = 0;
};

/// Up to `count` candidates to probe beside those running, best first. A single
/// one gives the most expected information per second, as long as the budget
/// still suffices to distinguish the rest; if likelihood and price are unknown,
/// this is git's rule, halving. Several candidates cut the belief into equal
/// parts.
std::vector<std::uint32_t> choose(const Choice& choice, std::size_t count);

/// Expected bits from an answer that is yes with probability p.
double entropy(double p);

}  // namespace rung
