#include "adapters/journal/sqlite_journal.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "adapters/process/system_clock.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

using nlohmann::json;
using sqlite::Statement;

// Verdicts and stages are stored as the numbers core/model/verdict.hpp gives them.
// Texts may hold any bytes. What is written here is never rewritten: a later
// format is another entry of kFormats.
constexpr std::string_view kFormat1 = R"sql(
PRAGMA application_id = 0x72756e67;
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE run(
  run TEXT PRIMARY KEY, command TEXT NOT NULL, question TEXT NOT NULL,
  arguments TEXT NOT NULL, outcome TEXT NOT NULL, report TEXT NOT NULL,
  started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL) STRICT;
CREATE INDEX run_unfinished ON run(question) WHERE ended_ms = 0;
CREATE TABLE probe(
  id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL,
  release_id TEXT NOT NULL, gate_id TEXT NOT NULL, purpose TEXT NOT NULL,
  label TEXT NOT NULL, verdict INTEGER NOT NULL, stage INTEGER,
  cause TEXT NOT NULL, evidence TEXT NOT NULL, message TEXT NOT NULL,
  signature TEXT NOT NULL, duration_ms INTEGER NOT NULL,
  notes TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX probe_run ON probe(run, id);
CREATE INDEX probe_release ON probe(release_id, gate_id, id);
CREATE TABLE release(id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE known_good(
  id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL,
  phase TEXT NOT NULL, target TEXT NOT NULL, release_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE intent(
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,
  detail TEXT NOT NULL, ended INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX intent_open ON intent(id) WHERE ended = 0;
CREATE TABLE fact(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
)sql";
constexpr std::string_view kFormat2 = R"sql(
ALTER TABLE probe ADD COLUMN ending INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN redirected_to TEXT NOT NULL DEFAULT '';
)sql";
// Both parts stood in `message`.
constexpr std::string_view kFormat3 = R"sql(
ALTER TABLE probe ADD COLUMN likely TEXT NOT NULL DEFAULT '';
UPDATE probe SET
  likely = substr(message, instr(message, '; likely: ') + 10),
  message = substr(message, 1, instr(message, '; likely: ') - 1)
WHERE instr(message, '; likely: ') > 0;
)sql";
constexpr std::string_view kFormats[] = {kFormat1, kFormat2, kFormat3};

constexpr std::int64_t kApplicationId = 0x72756e67;  // "rung"
constexpr std::string_view kOpening = "opening it";

constexpr std::string_view kProbeColumns =
    "SELECT id, run, release_id, gate_id, purpose, label, verdict, stage, "
    "cause, evidence, message, signature, duration_ms, notes, at_ms, ending, "
    "redirected_to, likely "
    "FROM probe ";
constexpr std::string_view kRunColumns =
    "SELECT run, command, question, arguments, outcome, report, started_ms, "
    "ended_ms FROM run ";

std::string sql(std::string_view begin, std::string_view end) {
  return std::string(begin) + std::string(end);
}

std::int64_t one_number(sqlite::Database& database, std::string_view query) {
  Statement row = database.query(kOpening, query);
  return row.step() ? row.integer(0) : 0;
}

std::string notes_text(const std::vector<std::string>& notes) {
  // Notes quote logs, and logs hold any bytes.
  return json(notes).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<std::string> notes_from(const std::string& text) {
  const json notes = json::parse(text, nullptr, false);
  std::vector<std::string> out;
  if (!notes.is_array()) return out;
  for (const json& note : notes) {
    if (note.is_string()) out.push_back(note.get<std::string>());
  }
  return out;
}

[[noreturn]] void damaged(const char* what, const std::string& stored) {
  throw JournalError(fmt::format(
      "journal: a probe on record has the unknown {} {} (the file is damaged: "
      "move .rung/journal.db away)",
      what, stored));
}

template <class Enum>
Enum enum_from(std::int64_t stored, Enum last) {
  if (stored < 0 || stored > static_cast<std::int64_t>(last)) {
    damaged("verdict, stage or ending", std::to_string(stored));
  }
  return static_cast<Enum>(stored);
}

ProbeRecord probe_from(const Statement& row) {
  ProbeRecord probe;
  probe.id = row.integer(0);
  probe.run = row.text(1);
  probe.release_id = row.text(2);
  probe.gate_id = row.text(3);
  const auto purpose = probe_purpose_from(row.text(4));
  if (!purpose) damaged("purpose", row.text(4));
  probe.purpose = *purpose;
  probe.label = row.text(5);
  probe.observation.verdict =
      enum_from<Verdict>(row.integer(6), Verdict::infra);
  if (!row.is_null(7)) {
    probe.observation.failure =
        Failure{enum_from<Stage>(row.integer(7), Stage::network), row.text(8),
                row.text(9), row.text(10), row.text(11)};
    probe.observation.failure->ending =
        enum_from<Ending>(row.integer(15), Ending::too_slow);
    probe.observation.failure->redirected_to = row.text(16);
    probe.observation.failure->likely = row.text(17);
  }
  probe.observation.duration = std::chrono::milliseconds(row.integer(12));
  probe.observation.notes = notes_from(row.text(13));
  probe.at_ms = row.integer(14);
  return probe;
}

RunRecord run_from(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2),    row.text(3),
          row.text(4), row.text(5), row.integer(6), row.integer(7)};
}

/// MessagePack: its strings may hold any bytes, as env values may.
std::string packed(const Journal::Kept& kept) {
  const json form = {{"commit", kept.release.commit.hex},
                     {"env", kept.release.env},
                     {"requirements", kept.release.requirements},
                     {"config", kept.release.config},
                     {"secrets", kept.secret_hashes}};
  std::string out;
  json::to_msgpack(form, out);
  return out;
}

std::optional<Journal::Kept> unpacked(const std::string& text) {
  try {
    const json form = json::from_msgpack(text);
    Journal::Kept kept;
    form.at("commit").get_to(kept.release.commit.hex);
    form.at("env").get_to(kept.release.env);
    form.at("requirements").get_to(kept.release.requirements);
    form.at("config").get_to(kept.release.config);
    form.at("secrets").get_to(kept.secret_hashes);
    return kept;
  } catch (const json::exception&) {
    return std::nullopt;  // the caller's message must not quote the content
  }
}

}  // namespace

std::int64_t SqliteJournal::newest_format() {
  return static_cast<std::int64_t>(std::size(kFormats));
}

std::unique_ptr<SqliteJournal> SqliteJournal::open(
    const std::filesystem::path& dir) {
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(dir));
}

SqliteJournal::SqliteJournal(const std::filesystem::path& dir) : folder_(dir) {
  // Two processes that make a journal at the same moment would meet in the
  // change to WAL, which SQLite's busy timeout does not cover.
  const auto setup = folder_.lock_for_setup();
  folder_.make_database();
  database_ = std::make_unique<sqlite::Database>(folder_.database());
  set_up();
}

void SqliteJournal::set_up() {
  auto& db = *database_;
  // Before anything is changed: is the file ours, or about to be?
  if (one_number(db, "SELECT count(*) FROM sqlite_schema") > 0 &&
      one_number(db, "PRAGMA application_id") != kApplicationId) {
    throw JournalError("journal " + db.file().string() +
                       ": it is a database of another program (move it away)");
  }
  {
    Statement mode = db.query(kOpening, "PRAGMA journal_mode = WAL");
    if (!mode.step() || mode.text(0) != "wal") {
      throw JournalError("journal " + db.file().string() +
                         ": its file system has no shared memory for SQLite's "
                         "log (put the plan on a local file system)");
    }
  }
  db.run(kOpening, "PRAGMA synchronous = FULL");

  sqlite::Transaction transaction(db, kOpening);
  const bool is_new = sqlite::format_of(db) == 0;
  sqlite::migrate(db, kFormats);
  std::optional<std::string> bytes = folder_.read_key();
  if (is_new) {
    if (!bytes) bytes = folder_.make_key();
    key_ = std::make_unique<SealKey>(*bytes);
    db.run(kOpening, "INSERT INTO meta VALUES('key', ?)", key_->fingerprint());
  } else if (!bytes) {
    key_problem_ = "is missing";
  } else {
    key_ = std::make_unique<SealKey>(*bytes);
    Statement row =
        db.query(kOpening, "SELECT value FROM meta WHERE name = 'key'");
    if (!row.step() || row.text(0) != key_->fingerprint()) {
      key_problem_ = "is not the one it was made with";
      key_.reset();
    }
  }
  transaction.commit();
}

const SealKey& SqliteJournal::key() const {
  if (key_) return *key_;
  throw JournalError("journal " + folder_.path().string() + ": its key " +
                     folder_.key_file().string() + " " + key_problem_ +
                     " (put it back from a backup; without it known goods can "
                     "be listed but not restored. To begin anew, move .rung "
                     "away)");
}

std::unique_ptr<FileLock> SqliteJournal::lock() const {
  return folder_.lock_for_run();
}

const std::filesystem::path& SqliteJournal::folder() const {
  return folder_.path();
}

std::string SqliteJournal::id_of(const Release& release) const {
  return release_id(release, key().id_key());
}

void SqliteJournal::begin_run(const RunRecord& run) {
  const std::lock_guard guard(mutex_);
  database_->run("recording a run",
                 "INSERT INTO run VALUES(?, ?, ?, ?, ?, ?, ?, ?)", run.run,
                 run.command, run.question, run.arguments, run.outcome,
                 run.report, run.started_ms, run.ended_ms);
}

void SqliteJournal::end_run(std::string_view run, std::string_view outcome,
                            std::string_view report) {
  const std::lock_guard guard(mutex_);
  database_->run(
      "recording the end of a run",
      "UPDATE run SET outcome = ?, report = ?, ended_ms = ? WHERE run = ?",
      outcome, report, SystemClock().unix_ms(), run);
}

std::optional<RunRecord> SqliteJournal::unfinished(
    std::string_view question) const {
  const std::lock_guard guard(mutex_);
  Statement row =
      database_->query("looking for an unfinished run",
                       sql(kRunColumns,
                           "WHERE ended_ms = 0 AND question = ? "
                           "ORDER BY started_ms DESC, run DESC LIMIT 1"),
                       question);
  if (!row.step()) return std::nullopt;
  return run_from(row);
}

std::vector<RunRecord> SqliteJournal::runs() const {
  const std::lock_guard guard(mutex_);
  Statement row = database_->query(
      "listing runs", sql(kRunColumns, "ORDER BY started_ms DESC, run DESC"));
  std::vector<RunRecord> out;
  while (row.step()) out.push_back(run_from(row));
  return out;
}

std::int64_t SqliteJournal::add_probe(const ProbeRecord& probe) {
  const Observation& seen = probe.observation;
  const Failure failure = seen.failure.value_or(Failure{});
  std::optional<std::int64_t> stage;
  if (seen.failure) stage = static_cast<std::int64_t>(failure.stage);
  const std::lock_guard guard(mutex_);
  database_->run(
      "recording a verdict",
      "INSERT INTO probe VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?, ?)",
      probe.run, probe.release_id, probe.gate_id, to_string(probe.purpose),
      probe.label, static_cast<std::int64_t>(seen.verdict), stage,
      failure.cause, failure.evidence, failure.message, failure.signature,
      std::int64_t{seen.duration.count()}, notes_text(seen.notes), probe.at_ms,
      static_cast<std::int64_t>(failure.ending), failure.redirected_to,
      failure.likely);
  return database_->last_id();
}

std::optional<ProbeRecord> SqliteJournal::remembered(
    std::string_view release_id, std::string_view gate_id) const {
  const std::lock_guard guard(mutex_);
  Statement row = database_->query(
      "looking for a remembered verdict",
      sql(kProbeColumns,
          "WHERE release_id = ? AND gate_id = ? AND verdict <> ? "
          "ORDER BY id DESC LIMIT 1"),
      release_id, gate_id, static_cast<std::int64_t>(Verdict::infra));
  if (!row.step()) return std::nullopt;
  return probe_from(row);
}

std::vector<ProbeRecord> SqliteJournal::probes(std::string_view run) const {
  const std::lock_guard guard(mutex_);
  Statement row = database_->query(
      "listing probes", sql(kProbeColumns, "WHERE run = ? ORDER BY id"), run);
  std::vector<ProbeRecord> out;
  while (row.step()) out.push_back(probe_from(row));
  return out;
}

std::vector<ProbeRecord> SqliteJournal::probes_under(
    std::string_view gate_id) const {
  const std::lock_guard guard(mutex_);
  Statement row = database_->query(
      "listing probes", sql(kProbeColumns, "WHERE gate_id = ? ORDER BY id"),
      gate_id);
  std::vector<ProbeRecord> out;
  while (row.step()) out.push_back(probe_from(row));
  return out;
}

void SqliteJournal::correct(std::int64_t probe, const Observation& seen) {
  const Failure failure = seen.failure.value_or(Failure{});
  std::optional<std::int64_t> stage;
  if (seen.failure) stage = static_cast<std::int64_t>(failure.stage);
  const std::lock_guard guard(mutex_);
  Statement row = database_->query("correcting a verdict",
                                   "SELECT 1 FROM probe WHERE id = ?", probe);
  if (!row.step()) {
    throw JournalError("journal " + database_->file().string() +
                       ": there is no probe " + std::to_string(probe) +
                       " (rung log lists them)");
  }
  database_->run(
      "correcting a verdict",
      "UPDATE probe SET verdict = ?, stage = ?, cause = ?, evidence = ?, "
      "message = ?, signature = ?, notes = ?, ending = ?, redirected_to = ?, "
      "likely = ? WHERE id = ?",
      static_cast<std::int64_t>(seen.verdict), stage, failure.cause,
      failure.evidence, failure.message, failure.signature,
      notes_text(seen.notes), static_cast<std::int64_t>(failure.ending),
      failure.redirected_to, failure.likely, probe);
}

void SqliteJournal::reopen_run(std::string_view run) {
  const std::lock_guard guard(mutex_);
  database_->run(
      "reopening a run",
      "UPDATE run SET outcome = '', report = '', ended_ms = 0 WHERE run = ?",
      run);
}

void SqliteJournal::keep_release(const Release& release,
                                 const std::vector<std::string>& secret_names) {
  const std::string id = id_of(release);
  Kept kept{release, {}};
  for (const std::string& name : secret_names) {
    const auto it = kept.release.env.find(name);
    if (it == kept.release.env.end()) continue;
    kept.secret_hashes[name] = keyed_hash(it->second);
    it->second.clear();
  }
  const std::string sealed = key().seal(packed(kept), id);
  const std::lock_guard guard(mutex_);
  // The last word wins: a name may have been declared secret since.
  database_->run("keeping a release",
                 "INSERT INTO release VALUES(?, ?) "
                 "ON CONFLICT(id) DO UPDATE SET sealed = excluded.sealed",
                 id, sqlite::Blob{sealed});
}

std::optional<Journal::Kept> SqliteJournal::kept_release(
    std::string_view release_id_or_prefix) const {
  const std::string prefix(release_id_or_prefix);
  if (prefix.empty() ||
      prefix.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return std::nullopt;
  }
  std::string id, sealed;
  {
    const std::lock_guard guard(mutex_);
    // "g" is the first letter after those of a hex number.
    Statement row = database_->query("reading a release",
                                     "SELECT id, sealed FROM release WHERE "
                                     "id >= ? AND id < ? ORDER BY id LIMIT 2",
                                     prefix, prefix + "g");
    if (!row.step()) return std::nullopt;
    id = row.text(0);
    sealed = row.text(1);
    if (row.step()) {
      throw JournalError("journal " + folder_.path().string() +
                         ": several releases begin with " + prefix + " (" +
                         id.substr(0, prefix.size() + 8) + ", " +
                         row.text(0).substr(0, prefix.size() + 8) +
                         ", ...: give more digits)");
    }
  }
  const std::optional<std::string> plain = key().unseal(sealed, id);
  std::optional<Kept> kept;
  if (plain) kept = unpacked(*plain);
  if (!kept) {
    throw JournalError("journal " + folder_.path().string() + ": release " +
                       id.substr(0, 12) +
                       " is damaged (choose another known good: rung status)");
  }
  return kept;
}

std::string SqliteJournal::keyed_hash(std::string_view value) const {
  return key().hash(value);
}

void SqliteJournal::add_known_good(const KnownGood& known_good) {
  const std::lock_guard guard(mutex_);
  database_->run("recording a known good",
                 "INSERT INTO known_good VALUES(NULL, ?, ?, ?, ?, ?)",
                 known_good.plan, known_good.phase, known_good.target,
                 known_good.release_id, known_good.at_ms);
}

std::vector<KnownGood> SqliteJournal::known_goods(
    std::string_view plan, std::string_view phase,
    std::string_view target) const {
  const std::lock_guard guard(mutex_);
  Statement row = database_->query(
      "listing known goods",
      "SELECT plan, phase, target, release_id, at_ms FROM known_good "
      "WHERE (?1 = '' OR plan = ?1) AND (?2 = '' OR phase = ?2) "
      "AND (?3 = '' OR target = ?3) ORDER BY id DESC",
      plan, phase, target);
  std::vector<KnownGood> out;
  while (row.step()) {
    out.push_back(
        {row.text(0), row.text(1), row.text(2), row.text(3), row.integer(4)});
  }
  return out;
}

void SqliteJournal::set(const JournalFact& fact, std::string_view value) {
  const std::lock_guard guard(mutex_);
  database_->run("recording a fact",
                 "INSERT INTO fact VALUES(?, ?) "
                 "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                 fact.key(), value);
}

std::optional<std::string> SqliteJournal::get(const JournalFact& fact) const {
  const std::lock_guard guard(mutex_);
  Statement row = database_->query("reading a fact",
                                   "SELECT value FROM fact WHERE key = ?",
                                   fact.key());
  if (!row.step()) return std::nullopt;
  return row.text(0);
}

}  // namespace rung
