#pragma once

#include <cstdint>
#include <vector>

#include "core/search/strategy.hpp"

namespace rung {

/// What lies below each candidate, in the form that Choice needs.
struct Weights {
  std::vector<std::uint32_t> below;
  std::vector<double> own;   ///< belief in each; empty: all equally likely
  std::vector<double> mass;  ///< belief below each; empty: the same
};

/// `relaxed`: the search can exceed the worst case, so that it also looks for
/// the first of several deltas where it is likeliest.
Weights weigh(const Narrowing& narrowing, const SearchInput& input,
              bool relaxed);

/// How many probes this narrowing can still take at worst: log2 of its first
/// size plus `spare`, minus those already made.
unsigned budget(const Narrowing& narrowing, unsigned spare);

/// How likely the last of several deltas that need each other lies at each
/// position of a prefix, if `found` of them were found after it among `all`
/// deltas, and their number is not known: [0] = nowhere, no more are needed;
/// [j] = the j-th. Any scale. Few are likelier than many.
std::vector<double> company_prior(std::uint32_t all, std::uint32_t found,
                                  std::uint32_t prefix);

}  // namespace rung
