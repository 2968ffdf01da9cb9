#include "core/search/gate_record.hpp"

#include <map>

namespace rung {

Noise GateRecord::known_to(Noise noise) const {
  noise.healthy_passes += healthy_passes;
  noise.healthy_fails += healthy_fails;
  return noise;
}

GateRecord gate_record(std::span<const ProbeRecord> probes,
                       const std::set<std::string>& sound) {
  struct Seen {
    unsigned passes = 0, fails = 0, changes = 0;
    Verdict last = Verdict::skip;
    std::string last_run;
  };
  constexpr unsigned kToAndFro = 2;
  GateRecord record;
  std::map<std::string, Seen> releases;
  for (const ProbeRecord& probe : probes) {
    const Verdict verdict = probe.observation.verdict;
    if (verdict != Verdict::good && verdict != Verdict::bad) continue;
    Seen& seen = releases[probe.release_id];
    if (seen.passes + seen.fails > 0 && seen.last != verdict) {
      ++seen.changes;
      if (seen.last_run == probe.run || seen.changes >= kToAndFro) {
        record.contradicted = probe.label;
      }
    }
    ++(verdict == Verdict::good ? seen.passes : seen.fails);
    seen.last = verdict;
    seen.last_run = probe.run;
  }
  for (const std::string& id : sound) {
    const auto it = releases.find(id);
    if (it == releases.end()) continue;
    record.healthy_passes += it->second.passes - (it->second.passes > 0);
    record.healthy_fails += it->second.fails;
  }
  return record;
}

}  // namespace rung
