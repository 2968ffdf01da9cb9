#pragma once

#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// JavaScript and TypeScript: schemas (zod, envalid, t3, Joi, convict), SvelteKit's
/// $env, classes that class-validator checks.
void read_node_libraries(const Tokens& tokens, std::string_view path,
                        SourceReads& reads);

}  // namespace rung
