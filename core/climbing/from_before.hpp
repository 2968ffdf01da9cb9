#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/journal.hpp"

namespace rung {

/// One phase of a climb, as the journal knows it.
struct PhaseRecord {
  std::string plan, phase, target;
  std::string release_id, gate_id;
};

/// The verdict on this phase that still counts: any that this run has reached
/// itself, but not infra; from other runs only good, because what was bad may
/// be better now. `run` is the id of a run that goes on; "" = it has just
/// begun. `fresh`: nothing from other runs counts.
std::optional<ProbeRecord> verdict_from_before(const Journal& journal,
                                               const std::string& run,
                                               const PhaseRecord& phase,
                                               bool fresh);

/// The ids of releases that passed this phase's gates on this target, but for
/// the phase's own; newest first.
std::vector<std::string> known_goods_beside(const Journal& journal,
                                            const PhaseRecord& phase);

/// The releases that passed a phase's gates on a target before `release` did,
/// newest first, each once: what passed again counts as of then. All of them,
/// if it never did.
std::vector<KnownGood> known_goods_before(const Journal& journal,
                                          const std::string& plan,
                                          const std::string& phase,
                                          const std::string& target,
                                          const std::string& release);

}  // namespace rung
