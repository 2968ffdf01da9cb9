#pragma once

#include <string>
#include <string_view>

namespace rung {

/// The bytes as lower-case hexadecimal digits, two each.
std::string hex(std::string_view bytes);

/// Whether all of it is lower-case hexadecimal digits, as hex() writes them.
bool is_hex(std::string_view text);

}  // namespace rung
