#pragma once

#include "core/model/clock.hpp"

namespace rung {

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] std::int64_t unix_ms() const override;
  /// Throws Interrupted at once if the user wants to stop.
  void sleep(std::chrono::microseconds duration) override;
};

}  // namespace rung
