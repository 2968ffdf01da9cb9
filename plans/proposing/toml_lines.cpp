#include "plans/proposing/toml_lines.hpp"

#include <algorithm>

#include "core/text/split.hpp"

namespace rung {
namespace {

std::string_view trimmed_toml(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A line up to its comment, and how many more brackets it opens than it
/// closes. Neither counts within a string.
struct TomlPart {
  std::string_view text;
  int opened = 0;
};

TomlPart without_comment(std::string_view line) {
  TomlPart part{.text = line};
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == ']') {
      part.opened += c == '[' ? 1 : -1;
    } else if (c == '#') {
      part.text = line.substr(0, i);
      break;
    }
  }
  return part;
}

/// The strings in a text, in order.
std::vector<std::string> strings_in(std::string_view text) {
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char quote = text[i];
    if (quote != '"' && quote != '\'') continue;
    std::string one;
    for (++i; i < text.size() && text[i] != quote; ++i) {
      if (text[i] == '\\' && quote == '"' && i + 1 < text.size()) ++i;
      one += text[i];
    }
    strings.push_back(std::move(one));
  }
  return strings;
}

}  // namespace

std::vector<TomlLine> toml_lines(std::string_view text) {
  std::vector<TomlLine> found;
  std::string table;
  std::size_t number = 0;
  const auto lines = lines_of(text);
  while (number < lines.size()) {
    TomlPart part = without_comment(lines[number++]);
    const auto line = trimmed_toml(part.text);
    if (line.empty()) continue;
    if (line.front() == '[') {
      const auto begin = line.find_first_not_of('[');
      const auto end = line.find(']');
      table = begin == line.npos || end == line.npos || end < begin
                  ? "?"
                  : std::string(trimmed_toml(line.substr(begin, end - begin)));
      std::erase(table, '"');
      continue;
    }
    const auto equals = line.find('=');
    if (equals == line.npos) continue;
    TomlLine one{.table = table,
                 .key = std::string(trimmed_toml(line.substr(0, equals))),
                 .value = {},
                 .list = {},
                 .line = number};
    std::erase(one.key, '"');
    std::string value(trimmed_toml(line.substr(equals + 1)));
    if (value.starts_with("\"\"\"") || value.starts_with("'''")) {
      const std::string quotes = value.substr(0, 3);
      if (value.find(quotes, 3) != value.npos) continue;
      while (number < lines.size() &&
             lines[number++].find(quotes) == std::string_view::npos) {
      }
      continue;
    }
    if (value.starts_with('[')) {
      int open = part.opened;
      while (open > 0 && number < lines.size()) {
        part = without_comment(lines[number++]);
        value += ' ';
        value += part.text;
        open += part.opened;
      }
      one.list = strings_in(value);
    } else if (value.starts_with('"') || value.starts_with('\'')) {
      const auto strings = strings_in(value);
      value = strings.empty() ? "" : strings.front();
    }
    one.value = std::move(value);
    found.push_back(std::move(one));
  }
  return found;
}

const TomlLine* find_toml(const std::vector<TomlLine>& lines,
                          std::string_view table, std::string_view key) {
  const auto at =
      std::find_if(lines.begin(), lines.end(), [&](const TomlLine& line) {
        return line.table == table && line.key == key;
      });
  return at == lines.end() ? nullptr : &*at;
}

}  // namespace rung
