#pragma once

#include <optional>
#include <string>

#include "core/model/probe_history.hpp"

namespace rung {

/// What should serve on a target, on record: survives rung and the machine.
struct WantedRelease {
  std::string phase, release;
  friend bool operator==(const WantedRelease&, const WantedRelease&) = default;
};

/// The record of what should serve on one target of one plan.
class WantedRecord {
 public:
  WantedRecord(ProbeHistory& history, const std::string& plan,
               const std::string& target)
      : history_(history), fact_(JournalFact::wanted(plan, target)) {}

  [[nodiscard]] std::optional<WantedRelease> read() const;
  void write(const WantedRelease& wanted);
  /// Nothing should serve.
  void clear();

 private:
  ProbeHistory& history_;
  JournalFact fact_;
};

}  // namespace rung
