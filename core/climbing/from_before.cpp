#include "core/climbing/from_before.hpp"

#include <set>
#include <utility>

namespace rung {

std::optional<ProbeRecord> verdict_from_before(const Journal& journal,
                                               const std::string& run,
                                               const PhaseRecord& phase,
                                               bool fresh) {
  if (!run.empty()) {
    for (const ProbeRecord& probe : journal.probes(run)) {
      if (probe.release_id == phase.release_id &&
          probe.gate_id == phase.gate_id &&
          probe.observation.verdict != Verdict::infra) {
        return probe;
      }
    }
  }
  if (fresh) return std::nullopt;
  auto known = journal.remembered(phase.release_id, phase.gate_id);
  if (known && known->observation.verdict != Verdict::good) known.reset();
  return known;
}

std::vector<std::string> known_goods_beside(const Journal& journal,
                                            const PhaseRecord& phase) {
  std::vector<std::string> ids;
  for (const KnownGood& good :
       journal.known_goods(phase.plan, phase.phase, phase.target)) {
    if (good.release_id != phase.release_id) ids.push_back(good.release_id);
  }
  return ids;
}

std::vector<KnownGood> known_goods_before(const Journal& journal,
                                          const std::string& plan,
                                          const std::string& phase,
                                          const std::string& target,
                                          const std::string& release) {
  std::vector<KnownGood> goods;
  std::set<std::string> seen;
  for (KnownGood& good : journal.known_goods(plan, phase, target)) {
    if (!seen.insert(good.release_id).second) continue;
    if (good.release_id == release) {
      goods.clear();
    } else {
      goods.push_back(std::move(good));
    }
  }
  return goods;
}

}  // namespace rung
