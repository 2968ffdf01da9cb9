#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// What a program reads by the forms of its language and libraries: each use,
/// each name that is not written there, each function that reads what a
/// parameter names. `tokens`: as with_environment() gives them.
void read_code(const Tokens& tokens, Language language, std::string_view path,
               const std::set<std::string>& readers, SourceReads& reads);

}  // namespace rung
