#pragma once

#include "core/model/clock.hpp"

namespace rung::fakes {

/// Time that passes only when told to: no test ever waits.
class ManualClock : public Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] std::int64_t unix_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               now_.time_since_epoch())
        .count();
  }
  void sleep(std::chrono::microseconds duration) override { now_ += duration; }
  /// Time since the clock was made.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const {
    return now_ - kBegin;
  }

 private:
  static constexpr Time kBegin{std::chrono::hours(1000)};
  Time now_ = kBegin;
};

}  // namespace rung::fakes
