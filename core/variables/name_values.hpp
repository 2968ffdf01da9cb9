#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/variables/tokens.hpp"

namespace rung {

/// What the names of a file stand for, as far as the file says so.
class NameValues {
 public:
  /// `tokens` outlive this.
  explicit NameValues(const Tokens& tokens);

  /// The string that is given to the name, once in the whole file.
  [[nodiscard]] std::optional<std::string_view> text_of(
      std::string_view name) const;
  /// The variables' names of a list that the word at `at` goes through:
  /// `for k in ("A", "B")`, `REQUIRED.filter(k => ...`.
  [[nodiscard]] std::vector<std::string_view> names_near(std::size_t at) const;
  /// The function whose first parameter the word at `at` is.
  [[nodiscard]] std::optional<std::string_view> function_of_parameter(
      std::size_t at) const;
  /// `k.startswith("APP_")` within the next words.
  [[nodiscard]] std::string prefix_after(std::size_t at) const;
  /// What `k = "APP_" + x` says of the name that the word at `at` has.
  [[nodiscard]] std::string prefix_of(std::size_t at) const;
  /// Whether the word at `at` is called, not declared.
  [[nodiscard]] bool is_call(std::size_t at) const;
  /// Whether the file has this word or this string.
  [[nodiscard]] bool has_word(std::string_view word) const {
    return words_.count(word) != 0;
  }

 private:
  [[nodiscard]] const Token& at(std::size_t i) const;
  [[nodiscard]] std::vector<std::string_view> list_at(std::size_t open) const;

  const Tokens& tokens_;
  std::map<std::string_view, std::optional<std::string_view>> texts_;
  std::map<std::string_view, std::vector<std::string_view>> lists_;
  std::map<std::string_view, std::string_view> beginnings_;
  std::set<std::string_view> words_;
};

}  // namespace rung
