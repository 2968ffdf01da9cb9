#include "cmd/screen/when.hpp"

#include <fmt/chrono.h>

#include <ctime>

namespace rung {

std::string when(std::int64_t ms) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::localtime(static_cast<std::time_t>(ms / 1000)));
}

}  // namespace rung
