#pragma once

#include <optional>

#include "core/model/verdict.hpp"

namespace rung {

/// What the good release showed, verdict by verdict.
class GoodEnd {
 public:
  void saw(const Observation& seen) {
    if (seen.verdict == Verdict::good) {
      passed_ = true;
      came_back_ = came_back_ || fails_ > 0;
    } else if (seen.verdict == Verdict::bad) {
      ++fails_;
      failure_ = seen.failure;
    }
  }
  /// It passed, and from some moment on it failed each time: that is no gate
  /// that comes and goes, something changed on the way.
  [[nodiscard]] bool broke_for_good() const {
    constexpr unsigned kSure = 4;
    return passed_ && !came_back_ && fails_ >= kSure;
  }
  [[nodiscard]] const std::optional<Failure>& failure() const {
    return failure_;
  }

 private:
  bool passed_ = false, came_back_ = false;
  unsigned fails_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace rung
