#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/probe_history.hpp"
#include "core/model/release.hpp"
#include "core/model/verdict.hpp"

namespace rung {

struct RunRecord {
  std::string run;       ///< id, sortable by time
  std::string command;   ///< "climb", "bisect"
  std::string question;  ///< hash of what was asked: equal = same run resumed
  std::string arguments; ///< JSON array: repeats the command; no secrets
  std::string outcome;   ///< "" while under way
  std::string report;    ///< JSON, "" while under way
  std::int64_t started_ms = 0, ended_ms = 0;
};

/// A release that passed all its gates for their window.
struct KnownGood {
  std::string plan, phase, target;
  std::string release_id;
  std::int64_t at_ms = 0;
};

/// The record of everything learned. A verdict is on disk before it is shown.
/// Secrets: values of env variables are never stored in the clear; a release
/// is sealed as a whole with the journal's own key, declared secrets are
/// stored as keyed hashes only. Throws JournalError.
class Journal : public ProbeHistory {
 public:
  virtual void begin_run(const RunRecord& run) = 0;
  virtual void end_run(std::string_view run, std::string_view outcome,
                       std::string_view report) = 0;
  /// The newest run that has not ended and asks the same question.
  [[nodiscard]] virtual std::optional<RunRecord> unfinished(
      std::string_view question) const = 0;
  [[nodiscard]] virtual std::vector<RunRecord> runs() const = 0;  ///< newest first

  [[nodiscard]] virtual std::vector<ProbeRecord> probes(
      std::string_view run) const = 0;  ///< oldest first
  /// The run continues when somebody asks its question again.
  virtual void reopen_run(std::string_view run) = 0;

  /// Stores the whole release, encrypted. `secret_names` are env names whose
  /// values are stored only as keyed hashes (rung reads the values again on
  /// restore).
  virtual void keep_release(const Release& release,
                            const std::vector<std::string>& secret_names) = 0;
  struct Kept {
    Release release;  ///< declared secrets have an empty value
    std::map<std::string, std::string> secret_hashes;  ///< name -> keyed hash
  };
  [[nodiscard]] virtual std::optional<Kept> kept_release(
      std::string_view release_id_or_prefix) const = 0;
  [[nodiscard]] virtual std::string keyed_hash(std::string_view value) const = 0;

  virtual void add_known_good(const KnownGood& known_good) = 0;
  /// Newest first; empty plan, phase or target = any.
  [[nodiscard]] virtual std::vector<KnownGood> known_goods(
      std::string_view plan, std::string_view phase,
      std::string_view target) const = 0;
};

}  // namespace rung
