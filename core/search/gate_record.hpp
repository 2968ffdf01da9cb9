#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>

#include "core/model/journal.hpp"
#include "core/search/search.hpp"

namespace rung {

/// What a journal tells of one gate's honesty.
struct GateRecord {
  /// Verdicts of releases known to be sound, but for the pass of each that
  /// made it known: that one says nothing of how often sound releases pass.
  unsigned healthy_passes = 0, healthy_fails = 0;
  /// A release that was judged both good and bad: in one run, or to and fro
  /// over several. Verdicts that changed once may have had a reason.
  std::optional<std::string> contradicted;

  /// `noise` with these runs on record.
  [[nodiscard]] Noise known_to(Noise noise) const;
};

/// `probes`: of one gate, oldest first. `sound`: ids of releases that are
/// known to be good.
GateRecord gate_record(std::span<const ProbeRecord> probes,
                       const std::set<std::string>& sound);

}  // namespace rung
