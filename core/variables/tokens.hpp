#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/variables/language.hpp"

namespace rung {

/// A word of a program's text. Comments make no token, and what stands in a
/// string is never taken for code, but for the code in its `${...}`.
struct Token {
  enum class Kind {
    word,    ///< a name or keyword, in Ruby and PHP with its sign: `$x`, `key?`
    string,  ///< what stands between the quotes, as written
    number,
    sign,  ///< punctuation; `?.` is told as `.`
    gap    ///< what follows belongs elsewhere: code in a string, an ERB tag
  };
  Kind kind = Kind::gap;
  std::string_view text;
  int line = 0;    ///< from 1
  int column = 0;  ///< bytes of its line before it
  /// A string with code in it; `text` has the code too.
  bool composed = false;

  [[nodiscard]] bool is(std::string_view what) const {
    return (kind == Kind::word || kind == Kind::sign) && text == what;
  }
  [[nodiscard]] bool is_word() const { return kind == Kind::word; }
  [[nodiscard]] bool is_string() const { return kind == Kind::string; }
};

using Tokens = std::vector<Token>;

/// The tokens of a text of any bytes, which outlives them. Linear in the text.
/// Never fails: a string without an end ends with its line, or with the text.
Tokens tokens_of(std::string_view content, Language language,
                 std::string_view path);

}  // namespace rung
