#pragma once

#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// Python: classes of settings (pydantic) and what click and typer read.
void read_python_libraries(const Tokens& tokens, std::string_view path,
                        SourceReads& reads);

}  // namespace rung
