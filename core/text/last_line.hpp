#pragma once

#include <string_view>

namespace rung {

/// The last line that says anything, without the blanks at its end; "" = none.
std::string_view last_line(std::string_view text);

}  // namespace rung
