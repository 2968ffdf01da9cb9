#pragma once

#include <cstddef>
#include <string_view>

#include "core/variables/tokens.hpp"

namespace rung {

/// Whether tokens of Node make a web server: `express()`, `createServer(f)`.
bool makes_server(const Tokens& tokens, std::size_t begin, std::size_t end);

/// Whether the file gives the name a web server, and nothing else.
bool is_server_name(const Tokens& tokens, std::string_view name);

/// The literal that a file gives a name, once and nothing else; nullptr = it
/// cannot be known.
const Token* constant_of(const Tokens& tokens, std::string_view name,
                         Language language);

}  // namespace rung
