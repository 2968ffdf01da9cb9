#pragma once

#include <cstddef>
#include <string>

#include "core/report/report.hpp"

namespace rung {

struct TextStyle {
  std::size_t width = 80;
  bool colour = false;
  bool utf8 = true;
};
/// Text for a person: the answer in the first line, facts below it, and a line
/// end.
std::string to_text(const Report& report, const TextStyle& style);

}  // namespace rung
