#pragma once

#include <string_view>

#include "core/variables/tokens.hpp"

namespace rung {

/// What stands for the environment, however the program calls it
/// (`os.environ`, `process.env`, `e` after `from os import environ as e`), and
/// for a function that reads one variable.
inline constexpr std::string_view kEnvironment = "<environment>";
inline constexpr std::string_view kGetenv = "<getenv>";

/// The tokens with these words in place of what means them.
Tokens with_environment(Tokens tokens, Language language);

}  // namespace rung
