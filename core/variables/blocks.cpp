#include "core/variables/blocks.hpp"

namespace rung {
namespace {

bool closes(const Token& token) {
  return token.is(")") || token.is("]") || token.is("}");
}
bool opens(const Token& token) {
  return token.is("(") || token.is("[") || token.is("{");
}

}  // namespace

bool begins_line(const Tokens& tokens, std::size_t at) {
  return at == 0 || tokens[at - 1].line != tokens[at].line;
}

std::size_t line_end(const Tokens& tokens, std::size_t at) {
  const int line = tokens[at].line;
  while (at < tokens.size() && tokens[at].line == line) ++at;
  return at;
}

std::vector<std::size_t> lines_around(const Tokens& tokens, std::size_t at) {
  std::vector<std::size_t> lines;
  while (!begins_line(tokens, at)) --at;
  int column = tokens[at].column;
  while (at > 0 && column > 0 && tokens[at - 1].kind != Token::Kind::gap) {
    --at;
    while (!begins_line(tokens, at)) --at;
    // A bracket that closes begins no block.
    if (tokens[at].column >= column || closes(tokens[at])) continue;
    column = tokens[at].column;
    lines.push_back(at);
  }
  return lines;
}

std::vector<std::size_t> braces_around(const Tokens& tokens, std::size_t at) {
  std::vector<std::size_t> braces;
  int depth = 0;
  while (at > 0 && tokens[at - 1].kind != Token::Kind::gap) {
    --at;
    if (tokens[at].is("}")) ++depth;
    if (tokens[at].is("{") && --depth < 0) {
      braces.push_back(at);
      depth = 0;
    }
  }
  return braces;
}

std::size_t statement_begin(const Tokens& tokens, std::size_t at) {
  int depth = 0;
  for (; at > 0; --at) {
    const Token& token = tokens[at - 1];
    if (token.kind == Token::Kind::gap) break;
    const bool ends = token.is(";") || token.is("{") || token.is("}");
    if (depth == 0 && ends) break;
    if (closes(token)) ++depth;
    if (opens(token) && depth > 0) --depth;
  }
  return at;
}

}  // namespace rung
