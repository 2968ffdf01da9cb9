#pragma once

#include <map>
#include <vector>

#include "core/search/strategy.hpp"

namespace rung {

/// Every observation of every place, in the order recorded.
using Trials = std::map<Place, std::vector<Observation>>;

/// decide() for a gate that may lie: the same scheme, but every step is taken
/// once it is believed as firmly as Noise::confidence asks. Up to `idle` places
/// are wanted, chosen in view of those `running`; places may repeat. Other
/// failures than the hunted one are told apart by stage only (an earlier one
/// is a skip): where they begin and end is not followed.
Decision decide_noisy(const SearchInput& input, const SearchOptions& options,
                      const Trials& trials, const std::vector<Place>& running,
                      std::size_t idle);

}  // namespace rung
