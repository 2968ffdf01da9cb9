#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/journal/journal_folder.hpp"
#include "adapters/journal/seal.hpp"
#include "adapters/journal/sqlite.hpp"
#include "core/model/journal.hpp"

namespace rung {

/// The journal as a SQLite database: WAL, synchronous=FULL, so a call that has
/// returned is on disk, and a process killed at any moment loses nothing it
/// was told. Thread-safe. Several processes may read and write one journal;
/// lock() keeps two of them from interleaving a climb. Not to be used across
/// fork() (SQLite's rule).
class SqliteJournal final : public Journal {
 public:
  /// Opens the journal of the folder `dir` (the plan's, or the source's),
  /// making `dir`/.rung if it is not there. An older format is migrated, a
  /// newer one refused. Without its key an existing journal can be listed;
  /// what needs the key throws.
  static std::unique_ptr<SqliteJournal> open(const std::filesystem::path& dir);
  /// The format of the journals that this rung writes.
  [[nodiscard]] static std::int64_t newest_format();

  /// Hold it while a command deploys or bisects. Throws JournalError naming
  /// the process that holds it. Does not wait.
  [[nodiscard]] std::unique_ptr<FileLock> lock() const;
  /// `dir`/.rung, private to this user: room for worktrees and builds too.
  [[nodiscard]] const std::filesystem::path& folder() const;

  [[nodiscard]] std::string id_of(const Release& release) const override;
  void begin_run(const RunRecord& run) override;
  void end_run(std::string_view run, std::string_view outcome,
               std::string_view report) override;
  [[nodiscard]] std::optional<RunRecord> unfinished(
      std::string_view question) const override;
  [[nodiscard]] std::vector<RunRecord> runs() const override;
  std::int64_t add_probe(const ProbeRecord& probe) override;
  [[nodiscard]] std::optional<ProbeRecord> remembered(
      std::string_view release_id, std::string_view gate_id) const override;
  [[nodiscard]] std::vector<ProbeRecord> probes(
      std::string_view run) const override;
  [[nodiscard]] std::vector<ProbeRecord> probes_under(
      std::string_view gate_id) const override;
  void correct(std::int64_t probe, const Observation& seen) override;
  void reopen_run(std::string_view run) override;
  void keep_release(const Release& release,
                    const std::vector<std::string>& secret_names) override;
  /// An ambiguous prefix is a JournalError, an unknown one nullopt.
  [[nodiscard]] std::optional<Kept> kept_release(
      std::string_view release_id_or_prefix) const override;
  [[nodiscard]] std::string keyed_hash(std::string_view value) const override;
  void add_known_good(const KnownGood& known_good) override;
  [[nodiscard]] std::vector<KnownGood> known_goods(
      std::string_view plan, std::string_view phase,
      std::string_view target) const override;
  void set(const JournalFact& fact, std::string_view value) override;
  [[nodiscard]] std::optional<std::string> get(
      const JournalFact& fact) const override;
  /// For what else is kept sealed beside it.
  [[nodiscard]] const SealKey& key() const;

 private:
  explicit SqliteJournal(const std::filesystem::path& dir);
  void set_up();

  JournalFolder folder_;
  std::unique_ptr<SealKey> key_;  ///< null: missing or another journal's
  std::string key_problem_;       ///< why key_ is null
  mutable std::mutex mutex_;      ///< guards database_
  mutable std::unique_ptr<sqlite::Database> database_;
};

}  // namespace rung
