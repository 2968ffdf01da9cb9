#pragma once

#include <chrono>

#include "adapters/process/system_clock.hpp"

namespace rung::fakes {

/// Waits for a fact, looking every millisecond; false when it is none after
/// `at_most`.
template <typename Fact>
bool becomes_true(Fact&& fact, std::chrono::milliseconds at_most =
                                   std::chrono::seconds(30)) {
  SystemClock clock;
  const auto until = clock.now() + at_most;
  while (!fact()) {
    if (clock.now() > until) return false;
    clock.sleep(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace rung::fakes
