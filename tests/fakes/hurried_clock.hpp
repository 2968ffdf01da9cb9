#pragma once

#include <atomic>
#include <thread>

#include "adapters/process/interruption.hpp"
#include "core/model/clock.hpp"

namespace rung::fakes {

/// The machine's clock, but a pause of 50 ms or more takes 1 ms: patience with
/// a platform that is down is used up at once, what is really waited for is
/// not. Thread-safe.
class HurriedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override {
    return std::chrono::steady_clock::now() +
           std::chrono::microseconds(skipped_.load());
  }
  [[nodiscard]] std::int64_t unix_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  void sleep(std::chrono::microseconds duration) override {
    Interruption::check();
    constexpr std::chrono::milliseconds kShort{50}, kInstead{1};
    if (duration < kShort) {
      std::this_thread::sleep_for(duration);
    } else {
      skipped_ += (duration - kInstead).count();
      std::this_thread::sleep_for(kInstead);
    }
    Interruption::check();
  }

 private:
  std::atomic<std::int64_t> skipped_ = 0;
};

}  // namespace rung::fakes
