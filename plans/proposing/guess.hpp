#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// Something that was concluded from a project, and where it comes from:
/// "Procfile, line 1". A plan has that as a comment.
struct Guess {
  std::string value, from;
};

inline std::string from_line(const std::string& file, std::size_t line) {
  return fmt::format("{}, line {}", file, line);
}

/// Whether a text can stand in a plan as one line of a command or a value:
/// not empty, not long, no control characters.
bool is_one_line(std::string_view text);

}  // namespace rung
