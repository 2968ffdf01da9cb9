#include "core/text/last_line.hpp"

namespace rung {

std::string_view last_line(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  if (end == text.npos) return {};
  text = text.substr(0, end + 1);
  const auto before = text.rfind('\n');
  return before == text.npos ? text : text.substr(before + 1);
}

}  // namespace rung
