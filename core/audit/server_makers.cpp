#include "core/audit/server_makers.hpp"

#include <algorithm>

#include "core/variables/names.hpp"

namespace rung {
namespace {

const Token& token_of(const Tokens& tokens, std::size_t i) {
  static const Token none;
  return i < tokens.size() ? tokens[i] : none;
}

bool is_package(const Token& token) {
  static constexpr std::string_view kPackages[] = {
      "express", "fastify", "koa", "polka", "restify", "connect"};
  return token.is_string() &&
         std::find(std::begin(kPackages), std::end(kPackages), token.text) !=
             std::end(kPackages);
}

bool has_module(const Tokens& tokens, std::string_view name) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) {
    return token.is_string() &&
           (token.text == name || token.text == "node:" + std::string(name));
  });
}

}  // namespace

bool makes_server(const Tokens& tokens, std::size_t begin, std::size_t end) {
  static constexpr std::string_view kMakers[] = {
      "express", "fastify", "Fastify", "Koa", "polka", "Elysia", "connect"};
  const auto at = [&](std::size_t i) -> const Token& {
    return token_of(tokens, i);
  };
  for (std::size_t i = begin; i < end; ++i) {
    const bool called = at(i + 1).is("(");
    if (at(i).is_word() && called && !at(i - 1).is(".") &&
        std::find(std::begin(kMakers), std::end(kMakers), at(i).text) !=
            std::end(kMakers)) {
      return true;
    }
    if (is_package(at(i)) && at(i - 2).is("require") && at(i + 1).is(")") &&
        at(i + 2).is("(")) {
      return true;
    }
    if (called &&
        (at(i).is("createServer") || at(i).is("createSecureServer"))) {
      // Those of "net" and "tls" speak anything, Vite's is for the desk.
      return !has_module(tokens, "net") && !has_module(tokens, "tls") &&
             !has_module(tokens, "vite");
    }
  }
  return false;
}

bool is_server_name(const Tokens& tokens, std::string_view name) {
  bool made = false;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!tokens[i].is(name)) continue;
    std::size_t equal = i + 1;
    // const app: Express = express()
    if (tokens[equal].is(":")) {
      while (equal < std::min(tokens.size(), i + 12) &&
             tokens[equal].line == tokens[i].line && !tokens[equal].is("=")) {
        ++equal;
      }
    }
    if (!token_of(tokens, equal).is("=")) continue;
    std::size_t end = equal + 1;
    while (end < tokens.size() && tokens[end].line == tokens[equal].line &&
           !tokens[end].is(";") && !tokens[end].is("{") &&
           !tokens[end].is("=>")) {
      ++end;
    }
    if (!makes_server(tokens, equal + 1, end)) {
      return false;
    }
    made = true;
  }
  return made;
}

const Token* constant_of(const Tokens& tokens, std::string_view name,
                         Language language) {
  const Token* value = nullptr;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!tokens[i].is(name) || token_of(tokens, i - 1).is(".")) continue;
    const bool first = i == 0 || tokens[i - 1].is("(");
    const bool more = i > 0 && tokens[i - 1].is(",");
    std::size_t equal = i + 1;
    if (tokens[equal].is(":") && tokens[equal + 1].is_word()) equal += 2;
    const Token& sign = token_of(tokens, equal);
    if (sign.is("+=") || sign.is("||=") || sign.is("\?\?=")) return nullptr;
    if (!sign.is("=")) continue;
    if (i > 0 && (first || more)) {
      const bool upper = is_upper_name(name);
      if (language == kPython && upper) continue;  // f(HOST=x)
      if (first || language == kPython || !upper) return nullptr;
    }
    const Token& literal = token_of(tokens, equal + 1);
    const Token& next = token_of(tokens, equal + 2);
    const bool ends = next.line != literal.line || next.is(";") ||
                      next.is(",") || next.kind == Token::Kind::gap;
    const bool plain = literal.kind == Token::Kind::number ||
                       (literal.is_string() && !literal.composed);
    if (value != nullptr || !ends || !plain || next.is(".")) return nullptr;
    value = &literal;
  }
  return value;
}

}  // namespace rung
