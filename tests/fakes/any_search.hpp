#pragma once

#include <cstdint>
#include <string>

namespace rung::fakes {

/// How large the worlds of any_search() get.
struct AnySize {
  std::uint32_t commits = 12, deltas = 6;
  /// Behind a gate that lies a search may take thousands of probes: so many
  /// are played.
  unsigned noisy_probes = 60;
};

/// What came of one search.
struct AnyRun {
  std::string fault;  ///< "" = none
  unsigned probes = 0;
  bool accused = false;
};

/// Plays one search in a world made from `seed`: merged history, other deltas,
/// several failures that come, go and mask each other, or no rule at all;
/// verdicts that cannot be had, that contradict each other, that are corrected
/// in the middle or were never asked for, in any order, from several workers.
/// Every answer is held against the definition (search_oracle.hpp).
AnyRun any_search(std::uint64_t seed, const AnySize& size = {});

}  // namespace rung::fakes
