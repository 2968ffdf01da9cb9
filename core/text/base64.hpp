#pragma once

#include <string>
#include <string_view>

namespace rung {

/// In one line, with '=' at its end where the size asks for it.
std::string base64(std::string_view bytes);

/// The same with '-' and '_' for '+' and '/', and no '='.
/// Source: RFC 4648, section 5.
std::string base64url(std::string_view bytes);

}  // namespace rung
