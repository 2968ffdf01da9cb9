#pragma once

#include <chrono>
#include <cstdint>

namespace rung {

/// Time as the rest of rung sees it; fakes::ManualClock in tests.
class Clock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  /// Wall time in milliseconds since 1970, for journals and reports.
  [[nodiscard]] virtual std::int64_t unix_ms() const = 0;
  virtual void sleep(std::chrono::microseconds duration) = 0;
};

}  // namespace rung
