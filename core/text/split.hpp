#pragma once

#include <string_view>
#include <vector>

namespace rung {

/// What stands between the `at` of a text; the whole of one without any.
std::vector<std::string_view> split(std::string_view text, char at);
/// Without their ends. The end of the last line begins no other.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace rung
