#pragma once

#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// Java and Kotlin: placeholders in strings, properties (Spring, Quarkus).
void read_jvm_libraries(const Tokens& tokens, std::string_view path,
                        SourceReads& reads);

}  // namespace rung
