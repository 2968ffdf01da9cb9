#pragma once

#include <string>
#include <string_view>

namespace rung {

/// A name as programs give it to a variable: letters, digits, "_".
bool is_variable_name(std::string_view text);
/// PORT, DATABASE_URL: no small letters, at least two characters.
bool is_upper_name(std::string_view text);
/// maxOpenConns, max-open-conns, max.open.conns -> MAX_OPEN_CONNS.
std::string as_variable(std::string_view text);
/// The name Spring gives a property: dots become "_", dashes go.
std::string as_spring_variable(std::string_view text);
/// Whether a literal may be shown: short, no address with a login, nothing
/// random-looking, and not of a variable that is called a secret.
bool is_harmless_default(std::string_view name, std::string_view text);

}  // namespace rung
