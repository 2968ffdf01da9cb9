#include "core/hunting/budget.hpp"

namespace rung {

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
