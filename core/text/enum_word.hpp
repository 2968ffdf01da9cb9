#pragma once

#include <optional>
#include <string_view>

namespace rung {

/// The value whose to_string() is `word`; nullopt = none. `last`: the last of
/// the enum, whose values count from 0.
template <class Enum>
std::optional<Enum> enum_from(std::string_view word, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (to_string(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace rung
