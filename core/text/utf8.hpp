#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rung {

/// A character at the beginning of a text.
struct Utf8Character {
  std::uint32_t code = 0;  ///< code point
  std::size_t size = 1;    ///< bytes
  bool valid = false;      ///< false: one byte that begins no character
};

/// Overlong forms, surrogates and what lies beyond U+10FFFF are not valid.
/// REQUIRES: text is not empty.
Utf8Character first_character(std::string_view text);

/// `text` with invalid UTF-8 replaced by U+FFFD, so that it is safe to show and
/// to put into JSON.
std::string valid_utf8(std::string_view text);

/// Where the first byte is that belongs to no character; npos = nowhere.
std::size_t invalid_utf8_at(std::string_view text);

/// REQUIRES: code is a code point, not a surrogate.
void append_utf8(std::string& text, std::uint32_t code);

/// Columns that a character takes in a terminal: 0, 1 or 2.
std::size_t columns_of(std::uint32_t code);

}  // namespace rung
