#include "core/hunting/budget.hpp"

#include <algorithm>
#include <cstdint>

namespace rung {

void HuntLimits::take_time(double used) {
  if (time.count() == 0) return;
  const std::chrono::seconds whole(static_cast<std::int64_t>(used));
  time = std::max(std::chrono::seconds(1), time - whole);
}

Budget::Budget(const HuntLimits& limits, const Clock& clock)
    : limits_(limits), clock_(clock), begun_at_(clock.now()) {}

bool Budget::spent(std::size_t begun, double takes) const {
  if (limits_.probes != 0 && begun >= limits_.probes) return true;
  if (limits_.time.count() == 0) return false;
  // What would end too late is not begun.
  const auto used = clock_.now() - begun_at_;
  return used + std::chrono::duration<double>(takes) >= limits_.time;
}

}  // namespace rung
