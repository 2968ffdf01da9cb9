#include <fmt/format.h>

#include "plans/env/dialect_reader.hpp"
#include "core/text/utf8.hpp"

// Docker Compose. Source: "Syntax for environment files in Docker Compose" and
// the behaviour of compose-go v2.13, where the two leave room.
namespace rung::env {
namespace {

void skip_on_line(Reading& in) {
  while (!in.done() && in.peek() != '\n') {
    const auto n = space_at(in.text, in.at);
    if (n == 0) return;
    in.at += n;
  }
}

/// `$NAME`, `${NAME}` with the operators :- - :? ? :+ +, and `$$`.
class Expansion {
 public:
  Expansion(Reading& in, std::size_t begin, std::string_view name)
      : in_(in), begin_(begin), name_(name) {}

  std::string operator()(std::string_view value, int depth = 0) {
    if (depth > 20) refuse("is nested too deeply");
    std::string out;
    while (!value.empty()) {
      const auto dollar = value.find('$');
      out += value.substr(0, dollar);
      if (dollar == std::string_view::npos) break;
      value.remove_prefix(dollar + 1);
      if (!value.empty() && value[0] == '$') {
        out += '$';
        value.remove_prefix(1);
      } else if (!value.empty() && value[0] == '{') {
        const auto close = closing(value);
        braced(out, value.substr(1, close - 1), depth);
        value.remove_prefix(close + 1);
      } else {
        const auto name = leading_name(value);
        if (name.empty()) refuse("begins no variable");
        known(out, in_.outer_first(std::string(name)));
        value.remove_prefix(name.size());
      }
    }
    return out;
  }

 private:
  [[noreturn]] void refuse(std::string_view what) {
    in_.refuse(
        begin_,
        fmt::format(
            "a \"$\" in the value of {} {}; compose needs $$ for a dollar sign",
            name_, what));
  }

  void known(std::string& out, const std::optional<std::string>& value) {
    // No name here: it may be the rest of a password with a "$" in it.
    if (!value) {
      in_.note(begin_,
               fmt::format("a $variable in the value of {} is not set and "
                           "reads as empty; write $$ for a dollar sign",
                           name_));
    }
    if (value) in_.put(out, *value, begin_);
  }

  std::size_t closing(std::string_view value) {
    int open = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '{' && (i == 0 || value[i - 1] == '$')) ++open;
      if (value[i] == '}' && --open == 0) return i;
    }
    refuse("opens a brace that is never closed");
  }

  static std::string_view leading_name(std::string_view value) {
    std::size_t n = 0;
    if (!value.empty() && is_name_start(value[0])) {
      while (n < value.size() && is_name_char(value[n])) ++n;
    }
    return value.substr(0, n);
  }

  void braced(std::string& out, std::string_view inside, int depth) {
    const auto name = leading_name(inside);
    if (name.empty()) refuse("begins no variable");
    const auto value = in_.outer_first(std::string(name));
    auto rest = inside.substr(name.size());
    if (rest.empty()) return known(out, value);
    const bool colon = rest[0] == ':';
    if (colon) rest.remove_prefix(1);
    const char op = rest.empty() ? '\0' : rest[0];
    if (rest.empty() || !(op == '-' || op == '?' || op == '+')) {
      refuse("is followed by what compose does not understand");
    }
    rest.remove_prefix(1);
    const bool there = value && !(colon && value->empty());
    if (op == '+') {
      if (there) out += (*this)(rest, depth + 1);
    } else if (there) {
      in_.put(out, *value, begin_);
    } else if (op == '?') {
      refuse("names a variable that must be set and is not");
    } else {
      out += (*this)(rest, depth + 1);
    }
  }

  Reading& in_;
  std::size_t begin_;
  std::string_view name_;
};

/// The escapes of a double-quoted value; `\$` becomes `$$`, which the
/// expansion that follows reads as a dollar sign.
std::string unescaped(std::string_view value) {
  static constexpr std::string_view kLetters = "abfnrtv\\\"";
  static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char next = i + 1 < value.size() ? value[i + 1] : '\0';
    if (value[i] != '\\' || next == '\0') {
      out += value[i];
    } else if (next == '$') {
      out += "$$";
      ++i;
    } else if (const auto k = kLetters.find(next);
               k != std::string_view::npos) {
      out += kMeanings[k];
      ++i;
    } else if (next == '0') {
      // \0ooo with exactly three octal digits, else only the 0 is dropped.
      std::size_t n = 0;
      unsigned code = 0;
      bool octal = true;
      while (n < 3 && i + 2 + n < value.size() && value[i + 2 + n] >= '0' &&
             value[i + 2 + n] <= '9') {
        const char digit = value[i + 2 + n++];
        octal = octal && digit < '8';
        code = code * 8 + static_cast<unsigned>(digit - '0');
      }
      if (n == 3 && octal && code < 256) {
        append_utf8(out, code);
      } else {
        out += '\\';
        out += value.substr(i + 2, n);
      }
      i += 1 + n;
    } else {
      out += '\\';
    }
  }
  return out;
}

std::string quoted_at(Reading& in, std::size_t begin, std::string_view name) {
  const char quote = in.peek();
  std::string value;
  for (++in.at; !in.done(); ++in.at) {
    const char c = in.peek();
    if (c == quote) {
      ++in.at;
      if (quote == '\'') return value;
      return Expansion(in, begin, name)(unescaped(value));
    }
    if (c == '\\' && in.at + 1 < in.text.size()) {
      ++in.at;
      if (in.peek() != quote) value += '\\';
      value += in.peek();
    } else {
      value += c;
    }
  }
  in.refuse(begin, fmt::format("the quote of {} is never closed", name));
}

std::string plain_at(Reading& in, std::size_t begin, std::string_view name) {
  const auto end = std::min(in.text.find('\n', in.at), in.text.size());
  auto line = in.text.substr(in.at, end - in.at);
  line = trim_right(line.substr(0, line.find(" #")));
  in.at = end;
  return Expansion(in, begin, name)(line);
}

/// The name and what ends it: '=', ':' or, with no value, '\n'.
std::string_view name_at(Reading& in, char& end) {
  const std::size_t begin = in.at;
  for (end = '\n'; !in.done(); ++in.at) {
    const char c = in.peek();
    if (c == '=' || c == ':' || c == '\n') {
      end = c;
      break;
    }
    const bool letter = static_cast<unsigned char>(c) >= 0x80 ||
                        is_name_char(c) || c == '.' || c == '-' || c == '[' ||
                        c == ']';
    if (!letter && space_at(in.text, in.at) == 0) {
      in.refuse(begin, "compose finds no variable name here");
    }
  }
  const auto name = trim_right(in.text.substr(begin, in.at - begin));
  if (name.find_first_of(" \t") != std::string_view::npos) {
    in.refuse(begin, "white space inside the name of a variable");
  }
  if (!in.done()) ++in.at;
  return name;
}

}  // namespace

void read_compose(Reading& in) {
  for (;;) {
    while (const auto n = space_at(in.text, in.at)) in.at += n;
    if (in.done()) return;
    if (in.peek() == '#') {
      in.at = std::min(in.text.find('\n', in.at), in.text.size());
      continue;
    }
    const std::size_t begin = in.at;
    if (in.text.substr(in.at, 6) == "export" &&
        space_at(in.text, in.at + 6) != 0) {
      in.at += 6;
      skip_on_line(in);
    }
    char end = '\n';
    const auto name = name_at(in, end);
    if (end == '\n') {
      in.note(begin,
              "no \"=\": compose would take the value from its caller's "
              "environment, rung leaves it unset");
      continue;
    }
    skip_on_line(in);
    const char first = in.peek();
    std::string value = first == '"' || first == '\''
                            ? quoted_at(in, begin, name)
                            : plain_at(in, begin, name);
    if (value.find('\0') != std::string::npos) {
      in.refuse(begin, fmt::format("the value of {} holds a NUL byte", name));
    }
    in.set(std::string(name), std::move(value), begin,
           in.at > 0 && in.at <= in.text.size() ? in.at : in.text.size());
  }
}

}  // namespace rung::env
