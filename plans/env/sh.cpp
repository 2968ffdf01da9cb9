#include <fmt/format.h>

#include "plans/env/dialect_reader.hpp"

// What `set -a; . FILE` gives in a POSIX shell, for a file of assignments.
// Source: POSIX.1-2017, Shell Command Language, 2.2, 2.6 and 2.9.1. Nothing is
// ever run: a line that is more than assignments is refused.
namespace rung::env {
namespace {

class ShReader {
 public:
  explicit ShReader(Reading& in) : in_(in) {}

  void read() {
    for (;;) {
      skip_blanks();
      if (in_.done()) return;
      if (in_.peek() == '\n') {
        ++in_.at;
      } else if (in_.peek() == '#') {
        in_.at = std::min(in_.text.find('\n', in_.at), in_.text.size());
      } else {
        command();
      }
    }
  }

 private:
  void skip_blanks() {
    for (;;) {
      if (in_.peek() == ' ' || in_.peek() == '\t') {
        ++in_.at;
      } else if (in_.peek() == '\\' && in_.peek(1) == '\n') {
        in_.at += 2;
      } else {
        return;
      }
    }
  }

  bool at_end_of_word() const {
    const char c = in_.peek();
    return in_.done() || c == ' ' || c == '\t' || c == '\n';
  }

  /// One line: assignments, with or without "export".
  void command() {
    begin_ = in_.at;
    exported_ = in_.text.substr(in_.at, 6) == "export" &&
                (in_.peek(6) == ' ' || in_.peek(6) == '\t');
    if (exported_) in_.at += 6;
    for (;;) {
      skip_blanks();
      if (in_.done() || in_.peek() == '\n' || in_.peek() == '#') return;
      assignment();
    }
  }

  void assignment() {
    const std::size_t from = in_.at;
    while (is_name_char(in_.peek())) ++in_.at;
    const auto name = in_.text.substr(from, in_.at - from);
    if (exported_ && is_shell_name(name) && at_end_of_word()) {
      return in_.mention(name, from, in_.at);
    }
    if (!is_shell_name(name) || in_.peek() != '=') {
      in_.refuse(
          begin_,
          "sh would run a command here (a blank beside \"=\", or a value "
          "with blanks that needs quotes?); rung reads assignments only "
          "and runs nothing");
    }
    ++in_.at;
    in_.set(std::string(name), word(), from, in_.at);
  }

  std::string word() {
    std::string value;
    bool tilde_here = true;  // where sh would put a home directory
    while (!at_end_of_word()) {
      const char c = in_.peek();
      if (c == '~' && tilde_here) refuse("~", "write the folder out");
      tilde_here = c == ':';
      switch (c) {
        case '\'':
          single_quoted(value);
          break;
        case '"':
          double_quoted(value);
          break;
        case '\\':
          if (in_.at + 1 >= in_.text.size()) refuse("\\", "quote it");
          if (in_.peek(1) != '\n') value += in_.peek(1);
          in_.at += 2;
          break;
        case '$':
          dollar(value, false);
          break;
        case '`':
        case ';':
        case '&':
        case '|':
        case '<':
        case '>':
        case '(':
        case ')':
          refuse(std::string(1, c), "put the value in single quotes");
        case '\r':
          in_.refuse(in_.at,
                     "a carriage return, which sh would take into the value; "
                     "save the file with Unix line ends");
        default:
          value += c;
          ++in_.at;
      }
    }
    return value;
  }

  [[noreturn]] void refuse(std::string_view what, std::string_view advice) {
    in_.refuse(begin_, fmt::format("sh gives {} a meaning that rung does not "
                                   "carry out; {}",
                                   what, advice));
  }

  void single_quoted(std::string& value) {
    const auto close = in_.text.find('\'', in_.at + 1);
    if (close == std::string_view::npos) {
      in_.refuse(begin_, "a quote that is never closed");
    }
    value += in_.text.substr(in_.at + 1, close - in_.at - 1);
    in_.at = close + 1;
  }

  void double_quoted(std::string& value) {
    for (++in_.at; !in_.done();) {
      const char c = in_.peek();
      if (c == '"') {
        ++in_.at;
        return;
      }
      if (c == '`') refuse("`", "put the value in single quotes");
      if (c == '$') {
        dollar(value, true);
      } else if (c == '\\' && in_.at + 1 < in_.text.size()) {
        const char next = in_.peek(1);
        const bool escape = next == '$' || next == '`' || next == '"' ||
                            next == '\\' || next == '\n';
        if (!escape) value += '\\';
        if (next != '\n') value += next;
        in_.at += 2;
      } else {
        value += c;
        ++in_.at;
      }
    }
    in_.refuse(begin_, "a quote that is never closed");
  }

  void dollar(std::string& value, bool in_quotes) {
    const char next = in_.peek(1);
    if (is_name_start(next)) {
      std::size_t n = 1;
      while (is_name_char(in_.peek(n))) ++n;
      const auto name = in_.text.substr(in_.at + 1, n - 1);
      in_.at += n;
      refuse_continuation();
      put(value, in_.file_first(std::string(name)).value_or(""), in_quotes);
    } else if (next == '{') {
      braced(value, in_quotes);
    } else if (next == '(' || (next >= '0' && next <= '9') ||
               (next != '\0' && std::string_view("$!?#@*-").find(next) !=
                                    std::string_view::npos)) {
      refuse(fmt::format("\"${}\"", next), "put the value in single quotes");
    } else if (next == '\'' || (next == '"' && !in_quotes)) {
      // Literal in POSIX, a special quote in bash: not for us to choose.
      refuse("\"$\" before a quote", "put the value in single quotes");
    } else {
      ++in_.at;
      refuse_continuation();
      value += '$';
    }
  }

  /// A backslash at the end of a line glues the next line to a name.
  void refuse_continuation() {
    if (in_.peek() == '\\' && in_.peek(1) == '\n') {
      refuse("a line that ends inside of a variable's name", "join the lines");
    }
  }

  /// ${NAME}, ${NAME-text}, ${NAME:-text} with plain text.
  void braced(std::string& value, bool in_quotes) {
    const auto close = in_.text.find('}', in_.at);
    const auto inside = close == std::string_view::npos
                            ? std::string_view()
                            : in_.text.substr(in_.at + 2, close - in_.at - 2);
    std::size_t n = 0;
    while (n < inside.size() && is_name_char(inside[n])) ++n;
    const auto name = inside.substr(0, n);
    auto rest = inside.substr(n);
    const bool colon = rest.substr(0, 2) == ":-";
    const bool known = rest.empty() || colon || rest[0] == '-';
    if (colon || (known && !rest.empty())) rest.remove_prefix(colon ? 2 : 1);
    if (!is_shell_name(name) || !known ||
        rest.find_first_of("$`\\'\"~") != std::string_view::npos) {
      refuse("this \"${...}\"", "put the value in single quotes");
    }
    const auto found = in_.file_first(std::string(name));
    const bool use = found && !(colon && found->empty());
    in_.at = close + 1;
    put(value, use ? *found : std::string(rest), in_quotes);
  }

  void put(std::string& value, const std::string& text, bool in_quotes) {
    // Behind "export" some shells split an expansion into words, some do not.
    if (exported_ && !in_quotes &&
        text.find_first_of(" \t\n*?[") != std::string::npos) {
      refuse("blanks that come from a variable after \"export\"",
             "put double quotes around the value");
    }
    in_.put(value, text, begin_);
  }

  Reading& in_;
  std::size_t begin_ = 0;
  bool exported_ = false;
};

}  // namespace

void read_sh(Reading& in) {
  ShReader(in).read();
}

}  // namespace rung::env
