#pragma once

#include <chrono>
#include <optional>

namespace rung {

/// How long a failure that does not change is waited for.
class HuntPatience {
 public:
  /// `always`: to the deadline.
  explicit HuntPatience(bool always) : always_(always) {}

  /// A healthy release of this run needed this long.
  void saw_healthy_after(std::chrono::milliseconds took);
  /// nullopt = wait to the deadline.
  [[nodiscard]] std::optional<std::chrono::milliseconds> enough() const;

  /// Something came up later than it was waited for: from now on everything is
  /// waited for.
  void wait_from_now_on() { corrected_ = true; }
  [[nodiscard]] bool was_corrected() const { return corrected_; }

 private:
  bool always_;
  bool corrected_ = false;
  /// The slowest healthy release of this run; unset: none was seen yet.
  std::optional<std::chrono::milliseconds> slowest_;
};

}  // namespace rung
