#pragma once

#include <map>
#include <vector>

#include "core/search/strategy.hpp"

namespace rung {

/// All observations of each place, in the order recorded.
using Trials = std::map<Place, std::vector<Observation>>;

/// decide() for a flaky gate: the same scheme, but it takes each step only once
/// the belief in it is as high as Noise::confidence asks. It wants up to `idle`
/// places, chosen with regard to those `running`; places can repeat. It
/// distinguishes other failures from the hunted one only by stage (an earlier
/// one is a skip) and does not follow where they begin and end.
Decision decide_noisy(const SearchInput& input, const SearchOptions& options,
                      const Trials& trials, const std::vector<Place>& running,
                      std::size_t idle);

}  // namespace rung
