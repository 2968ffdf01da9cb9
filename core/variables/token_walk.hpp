#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"
#include "core/variables/what_follows.hpp"

namespace rung {

/// What the readers of libraries share: looking at tokens without caring where
/// they end.
class TokenWalk {
 public:
  TokenWalk(const Tokens& tokens, std::string_view path, SourceReads& reads)
      : tokens_(tokens), path_(path), reads_(reads) {}

 protected:
  [[nodiscard]] const Token& at(std::size_t i) const {
    static const Token none;
    return i < tokens_.size() ? tokens_[i] : none;
  }
  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  [[nodiscard]] std::size_t behind(std::size_t open) const {
    return behind_bracket(tokens_, open);
  }
  /// Whether one of `words` stands in [begin, end).
  template <class... Words>
  [[nodiscard]] bool any(std::size_t begin, std::size_t end,
                         Words... words) const {
    for (std::size_t i = begin; i < end && i < size(); ++i) {
      if ((at(i).is(words) || ...)) return true;
    }
    return false;
  }
  [[nodiscard]] bool has_word(std::string_view word) const {
    for (const Token& token : tokens_) {
      if ((token.is_word() || token.is_string()) && token.text == word) {
        return true;
      }
    }
    return false;
  }
  /// To the comma that ends an argument or a member, or its closing bracket.
  [[nodiscard]] std::size_t end_of_value(std::size_t i) const {
    while (i < size() && !at(i).is(",") && !at(i).is("}") && !at(i).is(")") &&
           !at(i).is("]") && !at(i).is(";") &&
           at(i).kind != Token::Kind::gap) {
      const bool opens = at(i).is("(") || at(i).is("[") || at(i).is("{");
      i = opens ? behind(i) : i + 1;
    }
    return i;
  }
  VariableUse& add(std::string name, std::size_t i) {
    reads_.uses.push_back({.name = std::move(name),
                           .file = std::string(path_),
                           .line = at(i).line,
                           .has_default = false,
                           .default_text = {},
                           .required = false,
                           .passed_on = false});
    return reads_.uses.back();
  }
  void add_dynamic(std::size_t i, std::string prefix) {
    reads_.dynamic.push_back(
        {std::string(path_), at(i).line, std::move(prefix)});
  }

  const Tokens& tokens_;
  std::string_view path_;
  SourceReads& reads_;
};

}  // namespace rung
