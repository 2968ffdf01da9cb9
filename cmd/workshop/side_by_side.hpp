#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>

#include "cmd/hunting/prober.hpp"

namespace rung {

/// Trials of one run that share this machine. A service that binds a port of
/// its own choice takes that port from a trial beside it, which then fails for
/// no fault of its release. The first such failure ends the company: that trial
/// runs again by itself, and from then on one trial runs at a time.
class SideBySide {
 public:
  /// Several trials may run at a time from now on. REQUIRES: none runs.
  void expect_company();

  /// Runs a trial, beside others while that is safe. Thread-safe; waits for the
  /// trials of other threads where it has to be alone.
  ProbeEvidence run(const std::function<ProbeEvidence()>& trial);

  /// Why one trial runs at a time now, as a line for the user; "" = they still
  /// run side by side.
  [[nodiscard]] std::string why_not() const;

 private:
  class Stay;
  /// The ports that a failed trial may have wanted while another had them;
  /// nullopt = that is not why it failed. Empty: its log says so, and not
  /// which.
  [[nodiscard]] std::optional<std::set<std::uint16_t>> wanted(
      const ProbeEvidence& evidence) const;

  std::optional<std::set<std::uint16_t>> before_;  ///< ports of services
  std::shared_mutex room_;
  std::atomic<bool> one_at_a_time_{false};
  mutable std::mutex mutex_;  ///< of what follows
  unsigned running_ = 0, begun_ = 0;
  std::string why_not_;
};

/// `prober`, whose trials run side by side with others. `beside` outlives it.
std::unique_ptr<Prober> run_side_by_side(std::unique_ptr<Prober> prober,
                                         SideBySide& beside);

}  // namespace rung
