#include "core/variables/guarded_reads.hpp"

#include <algorithm>

#include "core/variables/blocks.hpp"
#include "core/variables/environment_words.hpp"

namespace rung {
namespace {

class GuardLook {
 public:
  GuardLook(const Tokens& tokens, std::size_t name)
      : tokens_(tokens), name_(name) {}

  [[nodiscard]] bool look() const {
    return asked_in_line() || asked_around() || left_before() || is_set();
  }

 private:
  enum class Asked { no, yes, denied };

  [[nodiscard]] const Token& at(std::size_t i) const {
    static const Token none;
    return i < tokens_.size() ? tokens_[i] : none;
  }

  /// What a condition asks about the variable.
  [[nodiscard]] Asked asked(std::size_t begin, std::size_t end) const {
    bool denies = false;
    for (std::size_t i = begin; i < end && i < tokens_.size(); ++i) {
      if (at(i).is("not")) denies = true;
      if (i == name_ || !at(i).is_string() || at(i).text != at(name_).text) {
        continue;
      }
      const bool in = at(i + 1).is("in");
      const bool not_in = at(i + 1).is("not") && at(i + 2).is("in");
      const bool gets =
          at(i - 1).is("(") && (at(i - 2).is("get") || at(i - 2).is(kGetenv));
      if (!in && !not_in && !gets) continue;
      for (std::size_t k = i; k < i + 5 && k < end; ++k) {
        if (at(k).is("==") || at(k).is("is")) denies = true;
      }
      return denies || not_in ? Asked::denied : Asked::yes;
    }
    return Asked::no;
  }

  /// `os.environ["X"] if "X" in os.environ else ""`
  [[nodiscard]] bool asked_in_line() const {
    std::size_t begin = name_;
    while (!begins_line(tokens_, begin)) --begin;
    const std::size_t end = line_end(tokens_, name_);
    const bool condition = std::any_of(
        tokens_.begin() + static_cast<std::ptrdiff_t>(begin),
        tokens_.begin() + static_cast<std::ptrdiff_t>(end),
        [](const Token& token) { return token.is("if") || token.is("and"); });
    if (condition && asked(begin, end) == Asked::yes) return true;
    // The condition may stand in the next line of the same brackets.
    return begin > 0 && at(begin - 1).is("(") && at(end).is("if") &&
           asked(end, line_end(tokens_, end)) == Asked::yes;
  }

  /// Behind the ":" of a line that begins a block.
  [[nodiscard]] std::size_t end_of_head(std::size_t head) const {
    int depth = 0;
    for (std::size_t i = head; i < tokens_.size(); ++i) {
      if (at(i).is("(") || at(i).is("[") || at(i).is("{")) ++depth;
      if (at(i).is(")") || at(i).is("]") || at(i).is("}")) --depth;
      if (depth <= 0 && at(i).is(":")) return i + 1;
    }
    return tokens_.size();
  }

  [[nodiscard]] bool asked_around() const {
    for (const std::size_t head : lines_around(tokens_, name_)) {
      const Token& word = at(head);
      if ((word.is("if") || word.is("elif") || word.is("while")) &&
          asked(head, end_of_head(head)) == Asked::yes) {
        return true;
      }
      if (word.is("else")) {
        std::size_t i = head;
        while (i > 0 &&
               !(at(--i).column == word.column && begins_line(tokens_, i))) {
        }
        if (at(i).is("if") && asked(i, end_of_head(i)) == Asked::denied) {
          return true;
        }
      }
      if (word.is("try") && is_caught(head)) return true;
    }
    return false;
  }

  [[nodiscard]] bool is_caught(std::size_t head) const {
    for (std::size_t i = name_; i < tokens_.size(); ++i) {
      if (!begins_line(tokens_, i) || at(i).column > at(head).column) continue;
      if (!at(i).is("except")) return false;
      const std::size_t end = end_of_head(i);
      bool catches = end == i + 2;
      for (std::size_t k = i; k < end; ++k) {
        catches = catches || at(k).is("KeyError") || at(k).is("LookupError") ||
                  at(k).is("Exception");
      }
      if (catches) return !ends_program(end, at(i).column);
    }
    return false;
  }

  /// Whether the block at `begin`, below a line at `column`, ends the program.
  [[nodiscard]] bool ends_program(std::size_t begin, int column) const {
    for (std::size_t i = begin; i < tokens_.size(); ++i) {
      if (begins_line(tokens_, i) && at(i).column <= column) return false;
      if (at(i).is("raise") || at(i).is("exit") || at(i).is("_exit") ||
          at(i).is("abort") || at(i).is("quit") || at(i).is("SystemExit")) {
        return true;
      }
    }
    return false;
  }

  /// `if "X" not in os.environ: return` above it, in the same function.
  [[nodiscard]] bool left_before() const {
    std::size_t i = name_;
    while (!begins_line(tokens_, i)) --i;
    int column = at(i).column;
    while (i > 0 && at(i - 1).kind != Token::Kind::gap) {
      --i;
      while (!begins_line(tokens_, i)) --i;
      if (at(i).column > column) continue;
      column = at(i).column;
      if (at(i).is("def") || at(i).is("class") || at(i).is("async")) {
        return false;
      }
      if (!at(i).is("if")) continue;
      const std::size_t body = end_of_head(i);
      if ((at(body).is("return") || at(body).is("continue") ||
           at(body).is("break")) &&
          asked(i, body) == Asked::denied) {
        return true;
      }
    }
    return false;
  }

  /// `os.environ["X"] = "1"`, `os.environ.setdefault("X", "1")`
  [[nodiscard]] bool is_set() const {
    for (std::size_t i = 2; i < name_; ++i) {
      if (!at(i).is_string() || at(i).text != at(name_).text) continue;
      const bool written = at(i - 1).is("[") && at(i - 2).is(kEnvironment) &&
                           at(i + 1).is("]") && at(i + 2).is("=");
      const bool defaulted = at(i - 1).is("(") && at(i - 2).is("setdefault");
      if (written || defaulted) return true;
    }
    return false;
  }

  const Tokens& tokens_;
  std::size_t name_;
};

}  // namespace

bool is_guarded(const Tokens& tokens, std::size_t name) {
  return GuardLook(tokens, name).look();
}

}  // namespace rung
