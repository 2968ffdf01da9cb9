#include "core/model/emulation.hpp"

#include <array>

#include "core/text/enum_word.hpp"

namespace rung {

std::string_view to_string(Emulation emulation) {
  static constexpr std::array<std::string_view, 4> kNames = {
      "none", "render", "cloudrun", "docker"};
  return kNames.at(static_cast<std::size_t>(emulation));
}

std::optional<Emulation> emulation_from(std::string_view word) {
  return enum_from(word, Emulation::docker);
}

}  // namespace rung
