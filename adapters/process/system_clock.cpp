#include "adapters/process/system_clock.hpp"

#include <poll.h>

#include "adapters/process/interruption.hpp"

namespace rung {

Clock::Time SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

std::int64_t SystemClock::unix_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void SystemClock::sleep(std::chrono::microseconds duration) {
  const Time end = now() + duration;
  for (;;) {
    Interruption::check();
    const auto left =
        std::chrono::duration_cast<std::chrono::nanoseconds>(end - now());
    if (left.count() <= 0) return;
    const timespec limit{.tv_sec = left.count() / 1'000'000'000,
                         .tv_nsec = left.count() % 1'000'000'000};
    pollfd wish{.fd = Interruption::fd(), .events = POLLIN, .revents = 0};
    ppoll(&wish, 1, &limit, nullptr);
  }
}

}  // namespace rung
