#pragma once

#include <atomic>

#include "core/model/clock.hpp"

namespace rung::fakes {

/// A ManualClock that a server's threads may look at, too.
class SharedClock : public Clock {
 public:
  [[nodiscard]] Time now() const override {
    return kBegin + std::chrono::microseconds(passed_.load());
  }
  [[nodiscard]] std::int64_t unix_ms() const override {
    return kUnixMs + passed_.load() / 1000;
  }
  void sleep(std::chrono::microseconds duration) override {
    passed_ += duration.count();
  }

 private:
  static constexpr Time kBegin{std::chrono::hours(1000)};
  static constexpr std::int64_t kUnixMs = 1'795'300'000'000;  // in 2026
  std::atomic<std::int64_t> passed_ = 0;
};

}  // namespace rung::fakes
