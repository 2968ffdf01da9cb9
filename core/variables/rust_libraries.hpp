#pragma once

#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// Rust: clap's bare `env`, structs that envy and figment fill.
void read_rust_libraries(const Tokens& tokens, std::string_view path,
                        SourceReads& reads);

}  // namespace rung
