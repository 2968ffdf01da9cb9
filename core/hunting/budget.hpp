#pragma once

#include <chrono>

#include "core/model/clock.hpp"

namespace rung {

struct HuntLimits {
  unsigned probes = 0;           ///< deployed ones; 0 = none
  std::chrono::seconds time{0};  ///< 0 = none

  /// What is left once a hunt used so much time: a second at least, for none
  /// would be no limit.
  void take_time(double used);
};

/// What a hunt may still spend. Its time runs from when this is made.
class Budget {
 public:
  /// `clock` outlives this.
  Budget(const HuntLimits& limits, const Clock& clock);
  /// Whether one more trial would be too much, after `begun` of them. `takes`:
  /// how many seconds it is expected to take.
  [[nodiscard]] bool spent(std::size_t begun, double takes) const;

 private:
  HuntLimits limits_;
  const Clock& clock_;
  Clock::Time begun_at_;
};

}  // namespace rung
