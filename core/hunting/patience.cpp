#include "core/hunting/patience.hpp"

#include <algorithm>

namespace rung {

void HuntPatience::saw_healthy_after(std::chrono::milliseconds took) {
  slowest_ = std::max(slowest_.value_or(took), took);
}

std::optional<std::chrono::milliseconds> HuntPatience::enough() const {
  if (always_ || corrected_ || !slowest_) return std::nullopt;
  constexpr std::chrono::milliseconds kLeast(3000);
  constexpr int kTimes = 8;
  return std::max(kLeast, kTimes * *slowest_);
}

}  // namespace rung
