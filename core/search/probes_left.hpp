#pragma once

#include "core/search/strategy.hpp"

namespace rung {

/// How many probes a search still takes after this decision. The numbers behind
/// the interval were fitted on the worlds of tests/bench/estimate.cpp.
/// REQUIRES: not finished.
Search::Left expected_left(const Decision& decision, const SearchInput& input,
                           const SearchOptions& options);

}  // namespace rung
