#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rung {

/// ` (did you mean "interval"?)` for the candidate nearest to `word`; "" if
/// none is near enough.
std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates);

}  // namespace rung
