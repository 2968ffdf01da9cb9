#include "core/text/counted.hpp"

#include <fmt/format.h>

namespace rung {

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace rung
