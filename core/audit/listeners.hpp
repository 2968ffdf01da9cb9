#pragma once

#include <string_view>
#include <vector>

#include "core/audit/server_commands.hpp"

namespace rung {

/// The places where a program listens, by its calls of the common servers of
/// Python, Node.js, Go and Rust. What rung cannot read has no host, no port.
std::vector<WrittenListener> listeners_of(std::string_view path,
                                          std::string_view text);

/// Whether a file has the function that a program begins with: `func main` of
/// Go, `fn main` of Rust.
bool has_main(std::string_view path, std::string_view text);

}  // namespace rung
