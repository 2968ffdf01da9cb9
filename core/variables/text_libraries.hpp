#pragma once

#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// Any language: names in strings that a framework reads (Symfony's %env(X)%),
/// lists for dotenv, sections of .NET's configuration.
void read_text_libraries(const Tokens& tokens, std::string_view path,
                        SourceReads& reads);

}  // namespace rung
