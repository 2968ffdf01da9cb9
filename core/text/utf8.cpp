#include "core/text/utf8.hpp"

#include <utf8proc.h>

#include <algorithm>

namespace rung {

Utf8Character first_character(std::string_view text) {
  // Most of what rung reads is ASCII.
  const auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80) return {lead, 1, true};
  utf8proc_int32_t code = 0;
  const auto size = utf8proc_iterate(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 4)),
      &code);
  if (size <= 0) return {};
  return {static_cast<std::uint32_t>(code), static_cast<std::size_t>(size),
          true};
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Character c = first_character(text);
    if (c.valid) {
      out += text.substr(0, c.size);
    } else {
      out += "\ufffd";
    }
    text.remove_prefix(c.size);
  }
  return out;
}

std::size_t invalid_utf8_at(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character c = first_character(text.substr(at));
    if (!c.valid) return at;
    at += c.size;
  }
  return text.npos;
}

void append_utf8(std::string& text, std::uint32_t code) {
  utf8proc_uint8_t bytes[4];
  const auto size =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
  text.append(reinterpret_cast<const char*>(bytes),
              static_cast<std::size_t>(size));
}

std::size_t columns_of(std::uint32_t code) {
  return static_cast<std::size_t>(
      utf8proc_charwidth(static_cast<utf8proc_int32_t>(code)));
}

}  // namespace rung
