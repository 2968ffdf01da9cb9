#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rung {

/// How many letters a typing hand inserts, drops, changes or swaps with their
/// neighbour to get from one to the other (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// ` (did you mean "interval"?)` for the candidate nearest to `word`; "" if
/// none is near enough.
std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates);

}  // namespace rung
