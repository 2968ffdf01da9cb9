#include <fmt/format.h>

#include "plans/env/dialect_reader.hpp"

// node dotenv. Source: its README ("What rules does the parsing engine
// follow?"); compared with the package itself in
// tests/plans/env/env_file_test.cpp. It never fails: what it does not
// understand it leaves out, so notes tell.
namespace rung::env {
namespace {

void skip_spaces(Reading& in) {
  while (const auto n = space_at(in.text, in.at)) in.at += n;
}

/// Behind a value only white space and a comment may stand up to some end of
/// line; says where that ends. White space may cross lines: lines that are
/// read with this statement and are no part of it.
std::optional<std::size_t> tail(std::string_view text, std::size_t at) {
  std::size_t last_end = std::string_view::npos;  // an end of line passed
  for (;;) {
    if (at >= text.size()) return at;
    if (text[at] == '#') return std::min(text.find('\n', at), text.size());
    if (text[at] == '\n') last_end = at;
    const auto n = space_at(text, at);
    if (n == 0) break;
    at += n;
  }
  if (last_end == std::string_view::npos) return std::nullopt;
  return last_end;
}

/// A value in quotes at `in.at` whose closing quote ends the statement. The
/// first quote that is not escaped is tried, then escaped ones, last first.
std::optional<std::string_view> quoted(Reading& in) {
  std::size_t open = in.at;
  while (const auto n = space_at(in.text, open)) open += n;
  if (open >= in.text.size()) return std::nullopt;
  const char quote = in.text[open];
  if (quote != '\'' && quote != '"' && quote != '`') return std::nullopt;
  std::vector<std::size_t> closings;
  for (std::size_t i = open + 1; i < in.text.size(); ++i) {
    if (in.text[i] == quote) {
      closings.push_back(i);
      break;
    }
    if (in.text[i] == '\\' && i + 1 < in.text.size() &&
        in.text[i + 1] == quote) {
      closings.push_back(++i);
    }
  }
  // The unescaped one, if any, is the last found: so all go last to first.
  for (auto i = closings.rbegin(); i != closings.rend(); ++i) {
    if (const auto end = tail(in.text, *i + 1)) {
      in.at = *end;
      return in.text.substr(open, *i + 1 - open);
    }
  }
  return std::nullopt;
}

std::string without_quotes(std::string_view value) {
  const char first = value.empty() ? '\0' : value[0];
  const bool is_quote = first == '\'' || first == '"' || first == '`';
  if (is_quote && value.size() >= 2 && value.back() == first) {
    value = value.substr(1, value.size() - 2);
  }
  if (first != '"') return std::string(value);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char next = i + 1 < value.size() ? value[i + 1] : '\0';
    if (value[i] == '\\' && (next == 'n' || next == 'r')) {
      out += next == 'n' ? '\n' : '\r';
      ++i;
    } else {
      out += value[i];
    }
  }
  return out;
}

std::string_view name_at(Reading& in) {
  const std::size_t begin = in.at;
  while (is_name_char(in.peek()) || in.peek() == '.' || in.peek() == '-') {
    ++in.at;
  }
  return in.text.substr(begin, in.at - begin);
}

/// "=" with white space around it, or ":" with white space behind it.
bool separator_at(Reading& in) {
  const std::size_t begin = in.at;
  if (in.peek() == ':' && space_at(in.text, in.at + 1) != 0) {
    in.at += 1 + space_at(in.text, in.at + 1);
    return true;
  }
  skip_spaces(in);
  if (in.peek() == '=') {
    ++in.at;
    return true;
  }
  in.at = begin;
  return false;
}

bool statement_at(Reading& in) {
  const std::size_t begin = in.at;
  auto name = name_at(in);
  if (name == "export" && space_at(in.text, in.at) != 0) {
    const std::size_t after = in.at;
    skip_spaces(in);
    const auto second = name_at(in);
    if (second.empty()) {
      in.at = after;
    } else {
      name = second;
    }
  }
  if (name.empty() || !separator_at(in)) return false;
  std::string_view value;
  std::size_t value_end = 0;
  if (const auto in_quotes = quoted(in)) {
    value = *in_quotes;
    value_end =
        static_cast<std::size_t>(value.data() - in.text.data()) + value.size();
  } else {
    const auto end =
        std::min(in.text.find_first_of("#\r\n", in.at), in.text.size());
    value = trim(in.text.substr(in.at, end - in.at));
    in.at = std::min(in.text.find('\n', end), in.text.size());
    value_end = in.at;
  }
  in.set(std::string(name), without_quotes(value), begin, value_end);
  return true;
}

}  // namespace

void read_dotenv_node(Reading& in) {
  for (;;) {
    skip_spaces(in);
    if (in.done()) return;
    const std::size_t begin = in.at;
    if (statement_at(in)) continue;
    if (in.text[begin] != '#') {
      in.note(begin, "node dotenv reads no NAME=VALUE here and leaves it out");
    }
    in.at = std::min(in.text.find('\n', begin), in.text.size());
  }
}

}  // namespace rung::env
