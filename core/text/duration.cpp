#include "core/text/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "core/base/error.hpp"

namespace rung {

using std::chrono::milliseconds;

milliseconds parse_duration(std::string_view text) {
  const auto refuse_duration = [&]() -> UsageError {
    return UsageError(fmt::format(
        "\"{}\" is not a duration; write a number and a unit, as in 250ms, "
        "30s, 5m or 1h",
        text));
  };
  const std::size_t digits =
      std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + digits, value);
  if (digits == 0 || error != std::errc() || end != text.data() + digits) {
    throw refuse_duration();
  }
  struct Unit {
    std::string_view name;
    double ms;
  };
  static constexpr std::array<Unit, 5> kUnits{
      {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}}};
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    const double ms = value * unit.ms;
    if (ms > 365.0 * 86400e3) {
      throw UsageError(fmt::format("\"{}\" is longer than a year", text));
    }
    return milliseconds(static_cast<std::int64_t>(ms + 0.5));
  }
  throw refuse_duration();
}

}  // namespace rung
