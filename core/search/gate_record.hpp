#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>

#include "core/model/probe_history.hpp"
#include "core/search/search.hpp"

namespace rung {

/// What a journal shows about the reliability of one gate.
struct GateRecord {
  /// Verdicts on releases known to be sound, except the pass that made each one
  /// known: that pass says nothing about how often sound releases pass.
  unsigned healthy_passes = 0, healthy_fails = 0;
  /// A release that was judged both good and bad: in one run, or back and forth
  /// over several runs. Verdicts that changed once may have had a reason.
  std::optional<std::string> contradicted;

  /// `noise` plus these recorded runs.
  [[nodiscard]] Noise known_to(Noise noise) const;
};

/// `probes`: probes of one gate, oldest first. `sound`: ids of releases known
/// to be good.
GateRecord gate_record(std::span<const ProbeRecord> probes,
                       const std::set<std::string>& sound);

}  // namespace rung
