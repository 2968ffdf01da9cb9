#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rung {

/// 1 to 65535 in decimal digits and nothing else.
inline std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return std::nullopt;
  }
  return port;
}

}  // namespace rung
