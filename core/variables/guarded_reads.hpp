#pragma once

#include <cstddef>

#include "core/variables/tokens.hpp"

namespace rung {

/// Whether a program in Python reaches a read only if the variable is set, or
/// goes on without: it asks first, catches the KeyError, or sets the variable
/// itself. `name` is the string with the variable's name; the environment is
/// told as in environment_words.
bool is_guarded(const Tokens& tokens, std::size_t name);

}  // namespace rung
