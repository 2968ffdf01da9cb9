#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/journal_fact.hpp"
#include "core/model/release.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// What a probe was for, as reports count it. `climb`: it was to let a phase
/// begin, and no search asked for it.
enum class ProbePurpose { control, search, proof, climb };
std::string_view to_string(ProbePurpose purpose);
std::optional<ProbePurpose> probe_purpose_from(std::string_view word);

/// One recorded probe.
struct ProbeRecord {
  std::int64_t id = 0;
  std::string run;         ///< the run it belongs to
  std::string release_id;  ///< keyed: ProbeHistory::id_of
  std::string gate_id;     ///< hash of gates + target: equal = comparable
  ProbePurpose purpose = ProbePurpose::search;
  std::string label;       ///< for people: "commit 3f2a9c", "without PORT"
  Observation observation;
  std::int64_t at_ms = 0;
};

/// The part of a journal that a hunt needs: what was probed before, and a place
/// for what it learns. Throws JournalError.
class ProbeHistory {
 public:
  virtual ~ProbeHistory() = default;
  /// release_id with this journal's key. All tables use this id.
  [[nodiscard]] virtual std::string id_of(const Release& release) const = 0;

  /// Returns the probe's id; the record's own is ignored.
  virtual std::int64_t add_probe(const ProbeRecord& probe) = 0;
  /// Replaces a recorded observation, except its duration: a person corrects
  /// it, or it proved worthless. Throws JournalError if there is no such probe.
  virtual void correct(std::int64_t probe, const Observation& seen) = 0;
  /// The remembered verdict on a release under these gates; never infra.
  [[nodiscard]] virtual std::optional<ProbeRecord> remembered(
      std::string_view release_id, std::string_view gate_id) const = 0;
  /// All probes under these gates, of every run, oldest first.
  [[nodiscard]] virtual std::vector<ProbeRecord> probes_under(
      std::string_view gate_id) const = 0;

  virtual void set(const JournalFact& fact, std::string_view value) = 0;
  [[nodiscard]] virtual std::optional<std::string> get(
      const JournalFact& fact) const = 0;
};

}  // namespace rung
