#pragma once

#include <cstddef>
#include <string>

#include "core/variables/tokens.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// What a read does by itself when the variable is missing.
enum class Missing {
  reads_nothing,  ///< None, undefined, ""
  stops,          ///< an exception
  is_asked        ///< `"X" in os.environ`: the program looks first
};

/// Sets has_default, default_text and required of a use by the text around it.
/// The read is [begin, end); with `open`, it ends within the parentheses of a
/// call, whose further arguments may be a default.
void read_what_follows(VariableUse& use, const Tokens& tokens,
                       std::size_t begin, std::size_t end, bool open,
                       Missing missing, Language language);

/// Keeps the literal at `at`, if there is one and it may be shown. False:
/// what stands there is no value (None, null, an empty text).
bool take_default(VariableUse& use, const Tokens& tokens, std::size_t at);

/// Behind the bracket that closes the one at `open`; the size if none does.
std::size_t behind_bracket(const Tokens& tokens, std::size_t open);

}  // namespace rung
