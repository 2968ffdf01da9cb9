#include "core/text/plain_form.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/text/utf8.hpp"

namespace rung {
namespace {

/// What an escape at the beginning of a text stands for.
struct Escape {
  std::string bytes;
  std::size_t size = 0;  ///< of the escape; 0 = there is none
};

std::optional<std::uint32_t> number(std::string_view text, std::size_t from,
                                    std::size_t digits, int base) {
  if (from + digits > text.size()) return std::nullopt;
  const char* const begin = text.data() + from;
  std::uint32_t value = 0;
  const auto read = std::from_chars(begin, begin + digits, value, base);
  if (read.ec != std::errc() || read.ptr != begin + digits) return std::nullopt;
  return value;
}

Escape byte_escape(std::uint32_t byte, std::size_t size) {
  return {std::string(1, static_cast<char>(byte)), size};
}

Escape code_escape(std::uint32_t code, std::size_t size) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  Escape escape{"", size};
  append_utf8(escape.bytes, code);
  return escape;
}

/// JSON, JavaScript, Python, C and shells write these.
Escape backslash_escape(std::string_view text) {
  if (text.size() < 2) return {"", 1};
  switch (text[1]) {
    case 'n':
    case 'r':
    case 't':
      return {"", 2};
    case 'x':
      if (const auto byte = number(text, 2, 2, 16)) {
        return byte_escape(*byte, 4);
      }
      break;
    case 'u': {
      const auto unit = number(text, 2, 4, 16);
      if (!unit) break;
      if (*unit >= 0xD800 && *unit < 0xDC00 && text.substr(6, 2) == "\\u") {
        const auto low = number(text, 8, 4, 16);
        if (low && *low >= 0xDC00 && *low < 0xE000) {
          return code_escape(
              0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00), 12);
        }
      }
      if (auto escape = code_escape(*unit, 6); escape.size > 0) return escape;
      break;
    }
    case 'U':
      if (const auto code = number(text, 2, 8, 16)) {
        if (auto escape = code_escape(*code, 10); escape.size > 0) {
          return escape;
        }
      }
      break;
    default:
      if (const auto byte = number(text, 1, 3, 8); byte && *byte < 256) {
        return byte_escape(*byte, 4);
      }
      break;
  }
  return {"", 1};
}

Escape html_escape(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5>
      kNamed = {{{"&amp;", "&"},
                 {"&lt;", "<"},
                 {"&gt;", ">"},
                 {"&quot;", ""},
                 {"&apos;", ""}}};
  for (const auto& [name, bytes] : kNamed) {
    if (text.starts_with(name)) return {std::string(bytes), name.size()};
  }
  if (!text.starts_with("&#")) return {};
  const std::size_t end = text.substr(0, 10).find(';');
  if (end == text.npos) return {};
  const bool hex = text[2] == 'x' || text[2] == 'X';
  const std::size_t from = hex ? 3 : 2;
  if (end <= from) return {};
  const auto code = number(text, from, end - from, hex ? 16 : 10);
  return code ? code_escape(*code, end + 1) : Escape{};
}

Escape escape_at(std::string_view text) {
  switch (text.front()) {
    case '%':
      if (const auto byte = number(text, 1, 2, 16)) {
        return byte_escape(*byte, 3);
      }
      return {};
    case '\\':
      return backslash_escape(text);
    case '&':
      return html_escape(text);
    default:
      return {};
  }
}

bool is_dropped(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '+' ||
         c == '"' || c == '\'' || c == '`';
}

/// One round; true if it decoded something.
bool decode(PlainForm& form) {
  PlainForm out;
  out.text.reserve(form.text.size());
  out.begin.reserve(form.text.size());
  out.end.reserve(form.text.size());
  bool decoded = false;
  const std::string_view text = form.text;
  for (std::size_t at = 0; at < text.size();) {
    std::string_view bytes = text.substr(at, 1);
    std::size_t size = 1;
    const Escape escape = escape_at(text.substr(at));
    if (escape.size > 0) {
      bytes = escape.bytes;
      size = escape.size;
      decoded = true;
    }
    for (char c : bytes) {
      if (is_dropped(c)) continue;
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      out.text += c;
      out.begin.push_back(form.begin[at]);
      out.end.push_back(form.end[at + size - 1]);
    }
    at += size;
  }
  form = std::move(out);
  return decoded;
}

}  // namespace

PlainForm plain_form(std::string_view text) {
  PlainForm form{std::string(text), {}, {}};
  form.begin.reserve(text.size());
  form.end.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    form.begin.push_back(i);
    form.end.push_back(i + 1);
  }
  // Each round makes it shorter, so this ends; hostile text ("%252525...")
  // does not make it long.
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds && decode(form); ++round) {
  }
  return form;
}

}  // namespace rung
