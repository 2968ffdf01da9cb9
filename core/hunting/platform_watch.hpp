#pragma once

#include "core/model/verdict.hpp"

namespace rung {

/// A probe has already tried again before it says infra. Several of those in a
/// row say that the platform is down: more trials would teach nothing.
class PlatformWatch {
 public:
  /// Whether the platform is down, after one more verdict.
  bool down_after(Verdict verdict) {
    constexpr unsigned kInARow = 3;
    in_a_row_ = verdict == Verdict::infra ? in_a_row_ + 1 : 0;
    return in_a_row_ >= kInARow;
  }

 private:
  unsigned in_a_row_ = 0;
};

}  // namespace rung
