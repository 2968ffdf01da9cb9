#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/journal.hpp"

namespace rung::fakes {

/// The journal as plain vectors: same promises as the real one but for the
/// disk. Public, so that a test can look and can plant.
class MemoryJournal final : public Journal {
 public:
  std::vector<RunRecord> all_runs;
  std::vector<ProbeRecord> all_probes;
  std::vector<KnownGood> all_known_goods;  ///< oldest first
  std::map<std::string, Kept> kept;        ///< by release id
  std::map<std::string, std::string, std::less<>> facts;
  /// add_probe throws once this many are on record (a full disk).
  std::size_t capacity = SIZE_MAX;

  std::string id_of(const Release& release) const override {
    return release_id(release, "a key for tests");
  }
  void begin_run(const RunRecord& run) override { all_runs.push_back(run); }
  void end_run(std::string_view run, std::string_view outcome,
               std::string_view report) override {
    for (RunRecord& record : all_runs) {
      if (record.run != run) continue;
      record.outcome = outcome;
      record.report = report;
      record.ended_ms = record.started_ms + 1;
    }
  }
  std::optional<RunRecord> unfinished(
      std::string_view question) const override {
    for (const RunRecord& run : runs()) {
      if (run.ended_ms == 0 && run.question == question) return run;
    }
    return std::nullopt;
  }
  std::vector<RunRecord> runs() const override {
    std::vector<RunRecord> out = all_runs;
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::tie(a.started_ms, a.run) > std::tie(b.started_ms, b.run);
    });
    return out;
  }

  std::int64_t add_probe(const ProbeRecord& probe) override {
    if (all_probes.size() >= capacity) {
      throw JournalError("journal: the disk is full (free some space)");
    }
    all_probes.push_back(probe);
    all_probes.back().id = static_cast<std::int64_t>(all_probes.size());
    return all_probes.back().id;
  }
  std::optional<ProbeRecord> remembered(
      std::string_view release_id, std::string_view gate_id) const override {
    for (auto it = all_probes.rbegin(); it != all_probes.rend(); ++it) {
      if (it->release_id == release_id && it->gate_id == gate_id &&
          it->observation.verdict != Verdict::infra) {
        return *it;
      }
    }
    return std::nullopt;
  }
  std::vector<ProbeRecord> probes(std::string_view run) const override {
    std::vector<ProbeRecord> out;
    for (const ProbeRecord& probe : all_probes) {
      if (probe.run == run) out.push_back(probe);
    }
    return out;
  }
  std::vector<ProbeRecord> probes_under(
      std::string_view gate_id) const override {
    std::vector<ProbeRecord> out;
    for (const ProbeRecord& probe : all_probes) {
      if (probe.gate_id == gate_id) out.push_back(probe);
    }
    return out;
  }
  void correct(std::int64_t id, const Observation& seen) override {
    for (ProbeRecord& probe : all_probes) {
      if (probe.id != id) continue;
      const auto took = probe.observation.duration;  // that it took is a fact
      probe.observation = seen;
      probe.observation.duration = took;
      return;
    }
    throw JournalError("journal: there is no probe " + std::to_string(id));
  }
  void reopen_run(std::string_view run) override {
    for (RunRecord& record : all_runs) {
      if (record.run != run) continue;
      record.outcome = record.report = "";
      record.ended_ms = 0;
    }
  }

  void keep_release(const Release& release,
                    const std::vector<std::string>& secret_names) override {
    Kept entry{release, {}};
    for (const std::string& name : secret_names) {
      const auto it = entry.release.env.find(name);
      if (it == entry.release.env.end()) continue;
      entry.secret_hashes[name] = keyed_hash(it->second);
      it->second.clear();
    }
    kept[id_of(release)] = entry;
  }
  std::optional<Kept> kept_release(
      std::string_view release_id_or_prefix) const override {
    const std::string prefix(release_id_or_prefix);
    const auto it = kept.lower_bound(prefix);
    if (prefix.empty() || it == kept.end() || !it->first.starts_with(prefix)) {
      return std::nullopt;
    }
    const auto next = std::next(it);
    if (next != kept.end() && next->first.starts_with(prefix)) {
      throw JournalError("journal: several releases begin with " + prefix);
    }
    return it->second;
  }
  std::string keyed_hash(std::string_view value) const override {
    Release release;
    release.env["value"] = value;
    return id_of(release);
  }

  void add_known_good(const KnownGood& known_good) override {
    all_known_goods.push_back(known_good);
  }
  std::vector<KnownGood> known_goods(std::string_view plan,
                                     std::string_view phase,
                                     std::string_view target) const override {
    std::vector<KnownGood> out;
    for (auto it = all_known_goods.rbegin(); it != all_known_goods.rend();
         ++it) {
      if ((plan.empty() || it->plan == plan) &&
          (phase.empty() || it->phase == phase) &&
          (target.empty() || it->target == target)) {
        out.push_back(*it);
      }
    }
    return out;
  }

  void set(const JournalFact& fact, std::string_view value) override {
    facts[fact.key()] = value;
  }
  std::optional<std::string> get(const JournalFact& fact) const override {
    const auto it = facts.find(fact.key());
    if (it == facts.end()) return std::nullopt;
    return it->second;
  }

 private:
};

}  // namespace rung::fakes
