#include "adapters/journal/sqlite.hpp"

#include <sqlite3.h>

#include <cstring>
#include <utility>

#include "core/base/error.hpp"

namespace rung::sqlite {
namespace {

// Who holds the write lock holds it for one fsync: ten seconds is a disk in
// trouble, not a neighbour.
constexpr int kBusyMs = 10'000;

constexpr const char* kNotWritable =
    "it cannot be written (make the file and its folder writable for this "
    "user)";

/// What went wrong and what to try, for a person.
std::string explain(sqlite3* handle, const std::string& file) {
  switch (sqlite3_errcode(handle) & 0xff) {
    case SQLITE_FULL:
      return "the disk is full (free some space and run the same command "
             "again; everything recorded before is safe)";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return kNotWritable;
    case SQLITE_CANTOPEN:
      return "it cannot be opened (make the file and its folder readable and "
             "writable for this user)";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged (move it away to begin a new journal; "
             "'sqlite3 " +
             file + " .recover' may save what is readable)";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program has kept it locked for 10 s (see which with "
             "'fuser " +
             file + "')";
    case SQLITE_IOERR: {
      const int error = sqlite3_system_errno(handle);
      return std::string("the disk could not be read or written") +
             (error != 0 ? std::string(": ") + std::strerror(error) : "") +
             " (check the disk; a journal needs a local file system)";
    }
    default:
      return std::string(sqlite3_errmsg(handle)) +
             " (if it stays so, move the file away to begin a new journal)";
  }
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view doing,
                     std::string_view sql)
    : database_(&database), doing_(doing) {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v2(database.handle_.get(), sql.data(),
                         static_cast<int>(sql.size()), &raw, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) database_->fail(doing_);
}

void Statement::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(handle_.get(), index, value) != SQLITE_OK) {
    database_->fail(doing_);
  }
}

void Statement::bind(int index, std::string_view value) {
  // An empty view may have no address, which SQLite would read as NULL.
  const char* data = value.empty() ? "" : value.data();
  if (sqlite3_bind_text64(handle_.get(), index, data, value.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK) {
    database_->fail(doing_);
  }
}

void Statement::bind(int index, Blob value) {
  if (sqlite3_bind_blob64(handle_.get(), index, value.bytes.data(),
                          value.bytes.size(), SQLITE_TRANSIENT) != SQLITE_OK) {
    database_->fail(doing_);
  }
}

void Statement::bind(int index, const std::optional<std::int64_t>& value) {
  if (value) bind(index, *value);  // a parameter that is not bound is NULL
}

bool Statement::step() {
  switch (sqlite3_step(handle_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      database_->fail(doing_);
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string Statement::text(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Database::Database(const std::filesystem::path& file) : file_(file) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(raw);
  if (raw == nullptr) throw std::bad_alloc();
  if (code != SQLITE_OK) fail("opening it");
  // Asked to write where it may not, SQLite opens for reading and says so at
  // the first write: a run would be half done by then.
  if (sqlite3_db_readonly(raw, "main") == 1) {
    throw JournalError("journal " + file.string() + ": " + kNotWritable);
  }
  sqlite3_busy_timeout(raw, kBusyMs);
  // A journal may arrive with somebody's repository: its schema is data.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

std::int64_t Database::last_id() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

void Database::run_script(std::string_view doing, const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) !=
      SQLITE_OK) {
    fail(doing);
  }
}

void Database::fail(std::string_view doing) const {
  throw JournalError("journal " + file_.string() + ": while " +
                     std::string(doing) + ": " +
                     explain(handle_.get(), file_.string()));
}

Transaction::Transaction(Database& database, std::string_view doing)
    : database_(database), doing_(doing) {
  // IMMEDIATE waits for the lock here, where nothing has been read yet.
  database_.run(doing_, "BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.run(doing_, "ROLLBACK");
  } catch (const JournalError&) {
    // SQLite has rolled back by itself (disk full, I/O error); the error that
    // brought us here is the one to tell.
  }
}

void Transaction::commit() {
  database_.run(doing_, "COMMIT");
  open_ = false;
}

std::int64_t format_of(Database& database) {
  Statement version = database.query("reading it", "PRAGMA user_version");
  return version.step() ? version.integer(0) : 0;
}

void migrate(Database& database, std::span<const std::string_view> formats) {
  const auto newest = static_cast<std::int64_t>(formats.size());
  std::int64_t format = format_of(database);
  if (format > newest || format < 0) {
    throw JournalError("journal " + database.file().string() +
                       ": it has format " + std::to_string(format) +
                       ", this rung knows up to " + std::to_string(newest) +
                       " (use the newer rung that wrote it)");
  }
  for (; format < newest; ++format) {
    database.run_script("bringing it to a newer format",
                        std::string(formats[static_cast<std::size_t>(format)]));
    database.run("bringing it to a newer format",
                 "PRAGMA user_version = " + std::to_string(format + 1));
  }
}

}  // namespace rung::sqlite
