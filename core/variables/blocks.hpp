#pragma once

#include <cstddef>
#include <vector>

#include "core/variables/tokens.hpp"

namespace rung {

/// The first tokens of the lines below which, by their indentation, the line
/// of the token stands; innermost first. That is how Python says what belongs
/// to what, and how other languages are written.
std::vector<std::size_t> lines_around(const Tokens& tokens, std::size_t at);

/// The braces that are open at the token; innermost first.
std::vector<std::size_t> braces_around(const Tokens& tokens, std::size_t at);

/// Where the statement of the token begins: behind a `;` or a brace.
std::size_t statement_begin(const Tokens& tokens, std::size_t at);

/// Behind the last token of the line.
std::size_t line_end(const Tokens& tokens, std::size_t at);

/// Whether the token is the first one of its line.
bool begins_line(const Tokens& tokens, std::size_t at);

}  // namespace rung
