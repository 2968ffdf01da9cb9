#include "core/text/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/text/utf8.hpp"

namespace rung {
namespace {

struct Range {
  std::uint32_t first, last;
};

template <std::size_t N>
bool among(const std::array<Range, N>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return code >= range.first && code <= range.last;
  });
}

// Characters that show nothing and change how their neighbours are shown.
// Source: Unicode, General_Category Cf and Cc, and the line separators.
constexpr std::array<Range, 11> kHidden = {{{0x00, 0x1f},
                                            {0x7f, 0x9f},
                                            {0xad, 0xad},
                                            {0x61c, 0x61c},
                                            {0x180e, 0x180e},
                                            {0x200b, 0x200f},
                                            {0x2028, 0x202e},
                                            {0x2060, 0x206f},
                                            {0xfeff, 0xfeff},
                                            {0xfff9, 0xfffb},
                                            {0xe0000, 0xe007f}}};
/// Bytes of the escape sequence `text` begins with, its ESC included.
std::size_t escape_size(std::string_view text) {
  if (text.size() < 2) return text.size();
  const auto is_final = [](char c) { return c >= 0x40 && c <= 0x7e; };
  std::size_t i = 2;
  if (text[1] == '[') {  // CSI: parameters, then one final byte
    while (i < text.size() && !is_final(text[i])) ++i;
    return std::min(i + 1, text.size());
  }
  if (text[1] == ']') {  // OSC: up to BEL or ESC backslash
    while (i < text.size() && text[i] != '\a' && text[i] != '\x1b') ++i;
    if (i < text.size() && text[i] == '\x1b') ++i;
    return std::min(i + 1, text.size());
  }
  return 2;
}

/// A byte that begins no character is shown as one.
std::size_t shown_columns(const Utf8Character& c) {
  return c.valid ? columns_of(c.code) : 1;
}

/// $'...', which stays on one line whatever is in it.
std::string escaped_quoted(std::string_view word) {
  std::string out = "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < ' ' || byte == 127) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out += '\'';
}

}  // namespace

std::string printable(std::string_view text, bool utf8) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (text.front() == '\x1b') {
      text.remove_prefix(escape_size(text));
      continue;
    }
    const Utf8Character c = first_character(text);
    if (!c.valid) {
      out += '?';
    } else if (c.code == '\n' || c.code == '\r' || c.code == '\t') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (!among(kHidden, c.code)) {
      if (c.code < 0x80 || utf8) {
        out += text.substr(0, c.size);
      } else {
        out += '?';
      }
    }
    text.remove_prefix(c.size);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const Utf8Character c = first_character(text);
    count += shown_columns(c);
    text.remove_prefix(c.size);
  }
  return count;
}

std::string elided(std::string_view text, std::size_t width, bool utf8) {
  if (columns(text) <= width) return std::string(text);
  const std::string_view mark =
      utf8 ? std::string_view("\u2026") : std::string_view("...");
  const std::size_t mark_columns = utf8 ? 1 : 3;
  if (width <= mark_columns) return std::string(width, '.');
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const Utf8Character c = first_character(text);
    used += shown_columns(c);
    if (used > width - mark_columns) break;
    out += text.substr(0, c.size);
    text.remove_prefix(c.size);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out += mark;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && columns(line) + 1 + columns(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string shell_quoted(std::string_view word) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-./:=,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) {
    return std::string(word);
  }
  if (std::any_of(word.begin(), word.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 127;
      })) {
    return escaped_quoted(word);
  }
  return single_quoted(word);
}

std::string printable_lines(std::string_view text) {
  std::string lines;
  for (;;) {
    const auto end = text.find('\n');
    lines += printable(text.substr(0, end));
    if (end == text.npos) return lines;
    lines += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string shown_word(std::string_view text) {
  return shell_quoted(printable_lines(text));
}

std::string shown_command(const std::vector<std::string>& argv) {
  std::string line;
  for (const std::string& word : argv) {
    line += (line.empty() ? "" : " ") + shown_word(word);
  }
  return line;
}

std::string single_quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out += '\'';
}

}  // namespace rung
