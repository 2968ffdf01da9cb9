#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/text_range.hpp"

namespace rung {

/// What stands before the host of a URL: scheme://USER:PASSWORD@host.
struct UrlUser {
  std::size_t begin = 0, end = 0;  ///< of it in the text; text[end] is the '@'
  std::string_view user;
  std::optional<std::string_view> password;  ///< nullopt: there is no ':'
};

/// That of the first URL at or behind `from` that has one. The host ends before
/// one of `ends`; by default as RFC 3986 says.
std::optional<UrlUser> url_user(std::string_view text, std::size_t from = 0,
                                std::string_view ends = "/?#");

/// The passwords of all URLs in a text, as written. A variable is none: it is
/// its own cover, and says where to look.
std::vector<TextRange> url_passwords(std::string_view text);

/// `words` in a form that is safe to show: a literal password in a URL becomes
/// "[redacted]". Variables stay as written.
std::string without_password(std::string_view words);

}  // namespace rung
