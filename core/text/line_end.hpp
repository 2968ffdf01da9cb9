#pragma once

#include <string_view>

namespace rung {

/// Without the line ends at its end.
inline std::string_view without_line_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of("\r\n") + 1);
}

}  // namespace rung
