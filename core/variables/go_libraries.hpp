#pragma once

#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// Go: tags of struct fields, viper.
void read_go_libraries(const Tokens& tokens, std::string_view path,
                        SourceReads& reads);

}  // namespace rung
