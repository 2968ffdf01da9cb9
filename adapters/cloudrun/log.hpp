#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/cloudrun/api.hpp"

namespace rung {

/// What one revision and the platform about it have written, read again and
/// again. Entries arrive seconds late and out of order, so the last half
/// minute is always read anew.
class CloudRunLog {
 public:
  /// `api` and `clock` outlive this.
  CloudRunLog(CloudRunApi& api, std::string revision,
              std::chrono::milliseconds interval, Clock& clock)
      : api_(api),
        revision_(std::move(revision)),
        interval_(interval),
        clock_(clock) {}

  /// Reads what came, at most once in `interval` unless `now`.
  void refresh(bool now = false);
  /// Oldest first, each once.
  [[nodiscard]] const std::vector<CloudLogEntry>& entries() const {
    return entries_;
  }
  /// A line an entry, at most the last 1 MiB.
  [[nodiscard]] std::string text() const;

 private:
  CloudRunApi& api_;
  std::string revision_;
  std::chrono::milliseconds interval_;
  Clock& clock_;
  std::optional<Clock::Time> read_;
  std::vector<CloudLogEntry> entries_;
  std::set<std::string> known_;
};

/// `time` (RFC 3339, UTC) less `by`; "" if it cannot be read.
std::string earlier(const std::string& time, std::chrono::milliseconds by);

}  // namespace rung
