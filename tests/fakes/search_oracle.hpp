#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/search/search.hpp"

namespace rung::fakes {

/// All verdicts that a search was told, the last one of each point.
using Told = std::map<Point, Observation>;

/// Why this answer does not follow from the verdicts, by the definition in
/// core/SEARCH.md; "" if it does. Slow and plain on purpose: it shares nothing
/// with the search but the types. Verdicts are final (no noise).
std::string fault(const SearchInput& input, const SearchOptions& options,
                  const Told& told, const Answer& answer);

}  // namespace rung::fakes
