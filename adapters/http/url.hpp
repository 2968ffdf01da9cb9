#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rung {

/// The parts of an URL, percent-decoded.
struct Url {
  std::string scheme, user, password;
  std::string host;        ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;  ///< the scheme's own if none is written; 0 = unknown
  std::string path;        ///< begins with '/', or empty
};

/// nullopt if libcurl cannot read it.
std::optional<Url> parse_url(const std::string& text);

/// The URL without slashes at its end, so that a path can follow.
std::string without_end_slash(std::string url);

}  // namespace rung
