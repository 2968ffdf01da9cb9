#pragma once

#include <cstdint>
#include <vector>

#include "core/search/strategy.hpp"

namespace rung {

/// What lies below each candidate, as Choice wants it.
struct Weights {
  std::vector<std::uint32_t> below;
  std::vector<double> own;   ///< belief in each; empty: all equally likely
  std::vector<double> mass;  ///< belief in what lies below each, likewise
};

/// `relaxed`: the worst case may be exceeded, so that the first of several
/// deltas is looked for where it is likeliest too.
Weights weigh(const Narrowing& narrowing, const SearchInput& input,
              bool relaxed);

/// Probes this narrowing may still take at worst: log2 of where it began, and
/// `spare`, less those already made.
unsigned budget(const Narrowing& narrowing, unsigned spare);

/// How likely the last of several deltas that need each other lies at each
/// position of a prefix, when `found` of them were found after it, among
/// `all` deltas, and how many there are is not known: [0] = nowhere, no more
/// are needed; [j] = the j-th. Any scale. Few are likelier than many.
std::vector<double> company_prior(std::uint32_t all, std::uint32_t found,
                                  std::uint32_t prefix);

}  // namespace rung
