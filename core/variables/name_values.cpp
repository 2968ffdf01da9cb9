#include "core/variables/name_values.hpp"

#include <algorithm>

#include "core/variables/names.hpp"

namespace rung {
namespace {

constexpr std::size_t kNear = 60;  ///< words between a list and its loop

bool declares_function(const Token& token) {
  static const std::set<std::string_view> kWords = {
      "def",    "defp",   "function", "func",   "fn",     "fun",  "sub",
      "String", "string", "int",      "boolean", "bool",  "static", "T",
      "private", "public", "async",   "proc",   "char",   "auto"};
  return token.is_word() && kWords.count(token.text) != 0;
}

}  // namespace

NameValues::NameValues(const Tokens& tokens) : tokens_(tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.is_word() || token.is_string()) words_.insert(token.text);
    if (!token.is_word()) continue;
    // NAME = "X", NAME: str = "X", NAME string = "X", %w[A B]
    std::size_t k = i + 1;
    if (at(k).is(":") && at(k + 1).is_word()) k += 2;
    if (at(k).is_word() && (at(k + 1).is("=") || at(k + 1).is(":="))) continue;
    if (!at(k).is("=") && !at(k).is(":=")) {
      // Members of an object: { PORT: "PORT" }
      if (at(i + 1).is(":") && at(i + 2).is_string() &&
          is_upper_name(token.text) && is_upper_name(at(i + 2).text)) {
        texts_.emplace(token.text, at(i + 2).text);
      }
      continue;
    }
    // What a parameter is by default it is not always.
    if (i > 0 && (at(i - 1).is("(") || at(i - 1).is(","))) continue;
    const Token& value = at(k + 1);
    const Token& next = at(k + 2);
    if (value.is_string() && !value.composed) {
      if (next.is("+") || next.is(".") || next.is("%")) {
        beginnings_.emplace(token.text, value.text);
        texts_[token.text] = std::nullopt;
      } else {
        const auto [known, added] = texts_.emplace(token.text, value.text);
        if (!added && known->second != value.text) known->second.reset();
      }
    } else if (value.is_string()) {
      beginnings_.emplace(token.text, value.text.substr(
                                          0, value.text.find_first_of("${#")));
    }
    for (std::size_t open = k + 1; open < k + 9; ++open) {
      if (at(open).is(";") || at(open).line != value.line) break;
      if (!at(open).is("[") && !at(open).is("(") && !at(open).is("{")) continue;
      if (auto list = list_at(open); !list.empty()) {
        lists_.emplace(token.text, std::move(list));
        break;
      }
    }
  }
}

const Token& NameValues::at(std::size_t i) const {
  static const Token none;
  return i < tokens_.size() ? tokens_[i] : none;
}

std::vector<std::string_view> NameValues::list_at(std::size_t open) const {
  std::vector<std::string_view> names;
  const bool words = open > 0 && at(open - 1).is("w");  // %w[A B]
  for (std::size_t i = open + 1; i < tokens_.size() && i < open + 400; ++i) {
    const Token& token = tokens_[i];
    if (token.is("]") || token.is(")") || token.is("}")) return names;
    if (token.is(",")) continue;
    const bool named = words ? token.is_word() : token.is_string();
    if (!named || !is_upper_name(token.text)) return {};
    names.push_back(token.text);
  }
  return {};
}

std::optional<std::string_view> NameValues::text_of(
    std::string_view name) const {
  const auto it = texts_.find(name);
  return it == texts_.end() ? std::nullopt : it->second;
}

std::vector<std::string_view> NameValues::names_near(std::size_t where) const {
  const std::string_view name = tokens_[where].text;
  const std::size_t from = where > kNear ? where - kNear : 0;
  // `for NAME in LIST`, `for _, NAME := range LIST`, `LIST.each { |NAME|`,
  // `LIST.filter(NAME =>`.
  for (std::size_t i = from; i < std::min(tokens_.size(), where + kNear); ++i) {
    if (!tokens_[i].is_word() || tokens_[i].text != name) continue;
    const Token& next = at(i + 1);
    if (next.is("in") || next.is("of") || next.is(":=") || next.is(":")) {
      for (std::size_t k = i + 2; k < i + 10; ++k) {
        const auto known = lists_.find(at(k).text);
        if (at(k).is_word() && known != lists_.end()) return known->second;
        if (at(k).is("[") || at(k).is("(") || at(k).is("{")) {
          auto list = list_at(k);
          if (!list.empty()) return list;
        }
      }
    }
    const Token& before = at(i == 0 ? tokens_.size() : i - 1);
    if (i < 4 || (!before.is("(") && !before.is("|") && !before.is("$") &&
                  !next.is("=>"))) {
      continue;
    }
    // Back over `. each { |` to the list.
    for (std::size_t k = i; k > from && i - k < 10; --k) {
      if (!at(k).is(".")) continue;
      const Token& list = at(k - 1);
      const auto known = lists_.find(list.text);
      if (list.is_word() && known != lists_.end()) return known->second;
      if (list.is("]") || list.is(")") || list.is("}")) {
        std::size_t open = k - 1;
        while (open > 0 && k - open < 400 && !at(open).is("[") &&
               !at(open).is("(") && !at(open).is("{")) {
          --open;
        }
        auto inside = list_at(open);
        if (!inside.empty()) return inside;
      }
      break;
    }
    // foreach (LIST as $name)
    if (at(i - 1).is("as") && i >= 2) {
      const auto known = lists_.find(at(i - 2).text);
      if (known != lists_.end()) return known->second;
    }
  }
  return {};
}

std::optional<std::string_view> NameValues::function_of_parameter(
    std::size_t where) const {
  const std::string_view name = tokens_[where].text;
  const std::size_t from = where > 400 ? where - 400 : 0;
  for (std::size_t i = where; i > from;) {
    --i;
    if (!tokens_[i].is_word() || tokens_[i].text != name) continue;
    // Back to the parenthesis of the parameters, over types and `self`.
    std::size_t open = i;
    while (open > from && i - open < 6 && !at(open).is("(") &&
           !at(open).is(")") && !at(open).is(";")) {
      --open;
    }
    if (!at(open).is("(")) {
      // NAME = x => ..., NAME = lambda x: ...
      if (i >= 2 && at(i + 1).is("=>") && at(i - 1).is("=") &&
          at(i - 2).is_word()) {
        return at(i - 2).text;
      }
      if (i >= 3 && at(i - 1).is("lambda") && at(i - 2).is("=")) {
        return at(i - 3).text;
      }
      continue;
    }
    bool first = true;
    for (std::size_t k = open + 1; k < i; ++k) {
      if (at(k).is(",") && !at(k - 1).is("self") && !at(k - 1).is("cls")) {
        first = false;
      }
    }
    if (!first || open < 2) continue;
    std::size_t called = open - 1;
    if (at(called).is(">")) {  // f<T>(
      while (called > from && !at(called).is("<")) --called;
      if (called > 0) --called;
    }
    const Token& word = at(called);
    const Token& before = at(called == 0 ? tokens_.size() : called - 1);
    if (word.is("=") || word.is("async")) {  // NAME = (x) => ...
      const std::size_t equals = word.is("=") ? called : called - 1;
      if (equals > 0 && at(equals).is("=") && at(equals - 1).is_word()) {
        return at(equals - 1).text;
      }
      continue;
    }
    if (word.is_word() &&
        (declares_function(before) || before.is("*") || before.is(">") ||
         (before.is(")") && called > 1))) {
      return word.text;
    }
    // A method of a class in TypeScript: `get(name: string): string {`.
    if (word.is_word() && (at(i + 1).is(":") || before.is("}") ||
                           before.is("{") || before.is(";")) &&
        !word.is("if") && !word.is("while") && !word.is("for") &&
        !word.is("return")) {
      const std::size_t end = [&] {
        std::size_t k = open;
        while (k < open + 60 && !at(k).is(")")) ++k;
        return k;
      }();
      if (at(end + 1).is("{") || at(end + 1).is(":")) return word.text;
    }
  }
  return std::nullopt;
}

std::string NameValues::prefix_after(std::size_t where) const {
  static const std::set<std::string_view> kBegins = {
      "startswith", "startsWith",  "start_with?", "HasPrefix",
      "starts_with", "hasPrefix", "StartsWith",  "starts_with?"};
  for (std::size_t i = where; i < std::min(tokens_.size(), where + 40); ++i) {
    if (!tokens_[i].is_word() || kBegins.count(tokens_[i].text) == 0) continue;
    for (std::size_t k = i + 1; k < i + 6; ++k) {
      if (at(k).is_string() && is_variable_name(at(k).text)) {
        return std::string(at(k).text);
      }
      if (const auto text = text_of(at(k).text);
          at(k).is_word() && text && is_variable_name(*text)) {
        return std::string(*text);
      }
    }
  }
  return "";
}

std::string NameValues::prefix_of(std::size_t where) const {
  const auto it = beginnings_.find(tokens_[where].text);
  return it == beginnings_.end() ? "" : std::string(it->second);
}

bool NameValues::is_call(std::size_t where) const {
  return where == 0 || !declares_function(at(where - 1));
}

}  // namespace rung
