#pragma once

#include <string>
#include <string_view>

namespace rung {

/// Without a locale: other letters than A to Z stay as they are.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
std::string ascii_lower(std::string_view text);
std::string ascii_upper(std::string_view text);

bool equal_without_case(std::string_view a, std::string_view b);

}  // namespace rung
