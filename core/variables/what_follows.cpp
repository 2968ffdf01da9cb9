#include "core/variables/what_follows.hpp"

#include <algorithm>
#include <set>

#include "core/variables/names.hpp"

namespace rung {
namespace {

using Words = std::set<std::string_view>;

const Token& token_at(const Tokens& tokens, std::size_t at) {
  static const Token none;
  return at < tokens.size() ? tokens[at] : none;
}

bool is_any(const Token& token, const Words& words) {
  return (token.is_word() || token.kind == Token::Kind::sign) &&
         words.count(token.text) != 0;
}

bool ends_program(const Token& token) {
  static const Words kWords = {
      "throw",  "raise",  "panic",   "panic!", "die",     "abort", "exit",
      "Exit",   "Fatal",  "Fatalf",  "Fatalln", "bail",   "bail!", "croak",
      "fail",   "error",  "Errorf",  "exit!",  "invariant", "Fatalw"};
  return is_any(token, kWords);
}

/// Whether an `if` that looks at the value ends the program, soon after `at`.
bool ends_soon(const Tokens& tokens, std::size_t at, std::size_t within) {
  for (std::size_t i = at; i < tokens.size() && i < at + within; ++i) {
    if (tokens[i].kind == Token::Kind::gap) return false;
    if (ends_program(tokens[i])) return true;
  }
  return false;
}

/// `port := os.Getenv("PORT")`, then `if port == "" { log.Fatal(`.
bool checked_later(const Tokens& tokens, std::size_t begin, std::size_t end) {
  Words names;
  for (std::size_t i = begin; i > 0 && begin - i < 12;) {
    --i;
    if (tokens[i].line != tokens[begin].line) break;
    if (tokens[i].is_word()) names.insert(tokens[i].text);
  }
  std::size_t at = end;
  const std::size_t last = std::min(tokens.size(), end + 30);
  while (at < last && !tokens[at].is("if") && !tokens[at].is("unless")) ++at;
  static const Words kDenies = {"!", "not", "==", "===", "is", "nil?",
                                "blank?", "empty?", "err", "empty", "isBlank"};
  bool denies = at < last && tokens[at].is("unless"), names_it = false;
  std::size_t i = at + 1;
  for (; i < std::min(tokens.size(), at + 9); ++i) {
    if (tokens[i].is("{") || tokens[i].is(":")) break;
    denies = denies || is_any(tokens[i], kDenies);
    names_it = names_it ||
               (tokens[i].is_word() && names.count(tokens[i].text) != 0);
  }
  return denies && names_it && ends_soon(tokens, i, 8);
}

/// The arguments behind the name; true if one of them is a default.
bool default_among(VariableUse& use, const Tokens& tokens, std::size_t& at,
                   bool& casts) {
  static const Words kNamed = {"default",  "fallback", "default_value",
                               "_default", "def",      "defaultValue",
                               "devDefault", "default_factory"};
  bool given = false, first = true;
  while (token_at(tokens, at).is(",")) {
    ++at;
    const Token& word = token_at(tokens, at);
    const Token& sign = token_at(tokens, at + 1);
    const bool named = word.is_word() && (sign.is("=") || sign.is(":"));
    if (named && word.text == "cast") casts = true;
    if (named ? kNamed.count(word.text) != 0 : first) {
      // A default that is None, or "" , reads nothing.
      if (take_default(use, tokens, at + (named ? 2 : 0))) given = true;
    }
    if (!named) first = false;
    // To the next comma of this call, or to its end.
    while (at < tokens.size() && !tokens[at].is(",") && !tokens[at].is(")") &&
           !tokens[at].is("]") && tokens[at].kind != Token::Kind::gap) {
      const bool opens =
          tokens[at].is("(") || tokens[at].is("[") || tokens[at].is("{");
      at = opens ? behind_bracket(tokens, at) : at + 1;
    }
  }
  return given;
}

enum class Suffix { none, fallback, stops, asked };

/// `|| x`, `.unwrap_or(x)`, `== "1"`; `at` is left at the value, if any.
Suffix suffix_at(const Tokens& tokens, std::size_t& at, Language language) {
  static const Words kOr = {"||", "??", "or", "?:", "||=", "\?\?="};
  static const Words kCompared = {"==", "!=", "===", "!==", "=~"};
  static const Words kFallback = {
      "unwrap_or", "unwrap_or_else", "unwrap_or_default", "orElse",
      "orElseGet", "getOrElse",      "or_else",           "map_or",
      "presence",  "ok",             "is_ok",             "is_some",
      "is_err",    "is_none",        "ifPresent",         "isPresent",
      "asString",  "fold"};
  static const Words kStops = {"unwrap",      "expect", "orElseThrow",
                               "required",    "context", "with_context",
                               "unwrap_or_exit", "map_err"};
  for (int hops = 0; hops < 8; ++hops) {
    const Token& token = token_at(tokens, at);
    if (is_any(token, kOr)) {
      ++at;
      return ends_program(token_at(tokens, at)) ||
                     (token_at(tokens, at).is("(") &&
                      ends_soon(tokens, at, 6))
                 ? Suffix::stops
                 : Suffix::fallback;
    }
    if (is_any(token, kCompared)) return Suffix::asked;
    if (token.is("/") && token_at(tokens, at + 1).is("/")) {
      at += 2;
      return Suffix::fallback;  // Perl's
    }
    if (token.is("?")) {
      if (language == kRust) return Suffix::stops;
      const Token& next = token_at(tokens, at + 1);
      return next.is(".") || next.is(":") || next.is(")")
                 ? Suffix::none
                 : Suffix::asked;
    }
    if (token.is("!")) {
      if (token_at(tokens, at + 1).is("!")) return Suffix::stops;  // Kotlin
      ++at;
    } else if (token.is("as")) {
      at += 2;
    } else if (token.is(")") || token.is("]")) {
      const Token& next = token_at(tokens, at + 1);
      if ((next.is("{") || next.is("do")) && language == kRuby) {
        at += 2;
        return Suffix::fallback;
      }
      ++at;
    } else if (token.is(",") &&
               token_at(tokens, at + 1).kind == Token::Kind::number &&
               token_at(tokens, at + 2).is(")")) {
      at += 3;  // parseInt(process.env.PORT, 10) ||
    } else if ((token.is(".") || token.is("?.") || token.is("::")) &&
               token_at(tokens, at + 1).is_word()) {
      const Token& method = token_at(tokens, at + 1);
      at += 2;
      if (token_at(tokens, at).is("::")) {  // .parse::<u16>()
        while (at < tokens.size() && !tokens[at].is("(")) ++at;
      }
      const bool called = token_at(tokens, at).is("(");
      if (kStops.count(method.text) != 0) {
        if (method.text == "map_err") {
          at = called ? behind_bracket(tokens, at) : at;
          continue;
        }
        return Suffix::stops;
      }
      if (kFallback.count(method.text) != 0) {
        at += called ? 1 : 0;
        return Suffix::fallback;
      }
      if (called) at = behind_bracket(tokens, at);
    } else {
      return Suffix::none;
    }
  }
  return Suffix::none;
}

}  // namespace

std::size_t behind_bracket(const Tokens& tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == Token::Kind::gap) return i;
    if (token.kind != Token::Kind::sign) continue;
    if (token.text == "(" || token.text == "[" || token.text == "{") ++depth;
    if ((token.text == ")" || token.text == "]" || token.text == "}") &&
        --depth <= 0) {
      return i + 1;
    }
  }
  return tokens.size();
}

bool take_default(VariableUse& use, const Tokens& tokens, std::size_t at) {
  static const Words kNothing = {"None", "null", "nil", "undefined", "NULL"};
  // |_| "x", () => "x", String::from("x"), cast("x").
  if (token_at(tokens, at).is("||")) at += 1;
  if (token_at(tokens, at).is("|")) {
    const std::size_t stop = std::min(tokens.size(), at + 5);
    for (++at; at < stop && !tokens[at].is("|"); ++at) {
    }
    ++at;
  }
  if (token_at(tokens, at).is("String") && token_at(tokens, at + 1).is("::")) {
    at += 4;
  }
  if (token_at(tokens, at).is("&")) ++at;
  std::string minus;
  if (token_at(tokens, at).is("-")) {
    minus = "-";
    ++at;
  }
  const Token& token = token_at(tokens, at);
  if (is_any(token, kNothing)) return false;
  if (token.is_string()) {
    if (token.text.empty()) return false;
    if (!token.composed && is_harmless_default(use.name, token.text)) {
      use.default_text = std::string(token.text);
    }
  } else if (token.kind == Token::Kind::number || token.is("true") ||
             token.is("false") || token.is("True") || token.is("False")) {
    const std::string text = minus + std::string(token.text);
    if (is_harmless_default(use.name, text)) use.default_text = text;
  }
  return true;
}

void read_what_follows(VariableUse& use, const Tokens& tokens,
                       std::size_t begin, std::size_t end, bool open,
                       Missing missing, Language language) {
  std::size_t at = end;
  bool casts = false;
  const Token& before = token_at(tokens, begin > 0 ? begin - 1 : begin);
  const bool denied =
      begin > 0 && (before.is("!") || before.is("not") || before.is("unless"));
  if (missing == Missing::is_asked) {
    use.has_default = true;
    if (open) default_among(use, tokens, at, casts);
    if (denied && ends_soon(tokens, end, 24)) {
      use.has_default = false;
      use.required = true;
    }
    return;
  }
  if (open) {
    if (default_among(use, tokens, at, casts)) {
      use.has_default = true;
      return;
    }
    // Ruby's ENV.fetch 'X', 1 has no parentheses.
    if (token_at(tokens, at).is(")")) {
      const Token& next = token_at(tokens, at + 1);
      if (language == kRuby && (next.is("{") || next.is("do"))) {
        at += 2;
        if (ends_program(token_at(tokens, at))) {
          use.required = true;
        } else {
          use.has_default = true;
          take_default(use, tokens, at);
        }
        return;
      }
      ++at;
    }
  }
  if (denied) {
    use.required = ends_soon(tokens, end, 30) || missing == Missing::stops;
    return;
  }
  switch (suffix_at(tokens, at, language)) {
    case Suffix::fallback:
      use.has_default = take_default(use, tokens, at);
      break;
    case Suffix::asked:
      use.has_default = true;
      break;
    case Suffix::stops:
      use.required = true;
      break;
    case Suffix::none:
      use.required =
          missing == Missing::stops || checked_later(tokens, begin, end);
      break;
  }
  if (!use.has_default && missing == Missing::stops) use.required = true;
}

}  // namespace rung
