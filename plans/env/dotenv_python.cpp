#include <fmt/format.h>

#include "plans/env/dialect_reader.hpp"

// python-dotenv. Source: its README and reference ("File format", "Variable
// expansion"); compared with the package itself in plans_env_file_test.cpp.
namespace rung::env {
namespace {

std::size_t blank_at(const Reading& in) {
  return is_break(in.peek()) ? 0 : space_at(in.text, in.at);
}

void skip_blanks(Reading& in) {
  while (const auto n = blank_at(in)) in.at += n;
}

/// Only `${NAME}` and `${NAME:-default}` are expanded, once, unnested, in
/// every value, single-quoted ones too.
std::string expanded(Reading& in, std::string_view value, std::size_t begin) {
  std::string out;
  while (!value.empty()) {
    const auto open = value.find("${");
    out += value.substr(0, open);
    if (open == std::string_view::npos) break;
    value.remove_prefix(open);
    const auto close = value.find('}');
    const auto inside = close == std::string_view::npos
                            ? std::string_view()
                            : value.substr(2, close - 2);
    const auto colon = inside.find(':');
    const bool has_default =
        colon != std::string_view::npos && inside.substr(colon, 2) == ":-";
    if (close == std::string_view::npos ||
        (colon != std::string_view::npos && !has_default)) {
      out += "${";
      value.remove_prefix(2);
      continue;
    }
    const auto found = in.outer_first(std::string(inside.substr(0, colon)));
    if (found) {
      in.put(out, *found, begin);
    } else if (has_default) {
      out += inside.substr(colon + 2);
    }
    value.remove_prefix(close + 1);
  }
  return out;
}

std::string unescaped(std::string_view value, std::string_view escapes,
                      std::string_view meanings) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto known = value[i] == '\\' && i + 1 < value.size()
                           ? escapes.find(value[i + 1])
                           : std::string_view::npos;
    if (known == std::string_view::npos) {
      out += value[i];
    } else {
      out += meanings[known];
      ++i;
    }
  }
  return out;
}

/// The value in quotes at `in.at`, up to the first quote that is not escaped,
/// or else the last one that is; nullopt = it is never closed.
std::optional<std::string_view> first_quoted(Reading& in) {
  const char quote = in.peek();
  std::size_t close = std::string_view::npos;
  for (std::size_t i = in.at + 1; i < in.text.size(); ++i) {
    if (in.text[i] == quote) {
      close = i;
      break;
    }
    if (in.text[i] == '\\' && i + 1 < in.text.size() &&
        in.text[i + 1] == quote) {
      close = ++i;
    }
  }
  if (close == std::string_view::npos) return std::nullopt;
  const auto value = in.text.substr(in.at + 1, close - in.at - 1);
  in.at = close + 1;
  return value;
}

std::string value_at(Reading& in, std::size_t begin) {
  const char first = in.peek();
  if (first == '\'' || first == '"') {
    const auto value = first_quoted(in);
    if (!value) in.refuse(begin, "the quote of this value is never closed");
    return first == '"'
               ? unescaped(*value, "\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v")
               : unescaped(*value, "\\'", "\\'");
  }
  const auto end =
      std::min(in.text.find_first_of("\r\n", in.at), in.text.size());
  auto line = in.text.substr(in.at, end - in.at);
  in.at = end;
  for (std::size_t i = 1; i < line.size(); ++i) {
    // A comment begins at "#" behind white space.
    if (line[i] == '#' && trim_right(line.substr(0, i)).size() < i) {
      line = line.substr(0, i);
      break;
    }
  }
  return std::string(trim_right(line));
}

}  // namespace

void read_dotenv_python(Reading& in) {
  for (;;) {
    while (const auto n = space_at(in.text, in.at)) in.at += n;
    if (in.done()) return;
    const std::size_t begin = in.at;
    if (in.peek() == '#') {
      in.at = std::min(in.text.find('\n', in.at), in.text.size());
      continue;
    }
    if (in.text.substr(in.at, 6) == "export") {
      const std::size_t before = in.at;
      in.at += 6;
      const std::size_t after = in.at;
      skip_blanks(in);
      if (in.at == after) in.at = before;  // a name that begins so
    }
    std::string name;
    if (in.peek() == '\'') {
      const auto close = in.text.find('\'', in.at + 1);
      if (close == std::string_view::npos) {
        in.refuse(begin, "the quote of this name is never closed");
      }
      name = in.text.substr(in.at + 1, close - in.at - 1);
      in.at = close + 1;
    } else {
      const std::size_t from = in.at;
      while (!in.done() && in.peek() != '=' && in.peek() != '#' &&
             space_at(in.text, in.at) == 0) {
        ++in.at;
      }
      name = in.text.substr(from, in.at - from);
    }
    skip_blanks(in);
    const bool has_value = in.peek() == '=';
    std::string value;
    if (has_value) {
      const std::size_t behind = ++in.at;
      skip_blanks(in);
      // Source: python-dotenv's changes of version 1.2.
      if (in.at > behind && in.peek() == '#') {
        in.note(begin, fmt::format(
                           "{}: python-dotenv before 1.2 reads what begins "
                           "with # as the value, and so does rung; from 1.2 on "
                           "it is a comment and the value empty: write {}= "
                           "with nothing behind it, or quotes",
                           name, name));
      }
      value = value_at(in, begin);
    }
    skip_blanks(in);
    if (in.peek() == '#') {
      in.at = std::min(in.text.find_first_of("\r\n", in.at), in.text.size());
    }
    if (!in.done() && !is_break(in.peek())) {
      in.refuse(begin,
                "python-dotenv cannot read this line (text after the closing "
                "quote or after the name) and would leave it out");
    }
    if (!has_value) {
      in.note(begin, "no \"=\": python-dotenv leaves it unset");
      in.unset(name);
      continue;
    }
    in.set(std::move(name), expanded(in, value, begin), begin, in.at);
  }
}

}  // namespace rung::env
