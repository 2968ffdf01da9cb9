#include "adapters/journal/journal_look.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>

#include "adapters/journal/seal.hpp"
#include "adapters/journal/sqlite_journal.hpp"
#include "adapters/process/file_text.hpp"
#include "core/text/counted.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

struct CloseLook {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  void operator()(sqlite3_stmt* row) const { sqlite3_finalize(row); }
};
using LookHandle = std::unique_ptr<sqlite3, CloseLook>;

constexpr const char* kBeginAnew =
    "move .rung/journal.db away to begin a new journal; 'sqlite3 journal.db "
    ".recover' may save what is readable";

bool is_kind(const fs::path& file, mode_t kind) {
  struct stat facts {};
  return lstat(file.c_str(), &facts) == 0 && (facts.st_mode & S_IFMT) == kind;
}

/// For a file: URI.
std::string uri_path(const fs::path& file) {
  std::string text;
  for (const char c : file.string()) {
    if (c == '%' || c == '?' || c == '#') {
      text += fmt::format("%{:02x}", static_cast<unsigned>(c));
    } else {
      text += c;
    }
  }
  return text;
}

/// For reading, without making the files that SQLite puts beside a database.
LookHandle open_for_look(const fs::path& database) {
  std::error_code error;
  const auto beside = [&](const char* end) {
    return fs::exists(fs::path(database.string() + end), error);
  };
  // Somebody has it open, or died with it: what is in the log counts. Else it
  // is a file that nobody changes.
  const char* how = beside("-wal") && beside("-shm")
                        ? "mode=ro&readonly_shm=1"
                        : "mode=ro&immutable=1";
  sqlite3* raw = nullptr;
  sqlite3_open_v2(
      fmt::format("file:{}?{}", uri_path(database), how).c_str(), &raw,
      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  if (raw != nullptr) {
    sqlite3_busy_timeout(raw, 2000);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  }
  return LookHandle(raw);
}

/// The first row of a query as text; nullopt = none, or it failed.
std::optional<std::string> first_text(sqlite3* handle, const char* query,
                                      int column = 0) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle, query, -1, &raw, nullptr) != SQLITE_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<sqlite3_stmt, CloseLook> row(raw);
  if (sqlite3_step(raw) != SQLITE_ROW) return std::nullopt;
  const void* data = sqlite3_column_blob(raw, column);
  const int size = sqlite3_column_bytes(raw, column);
  return data == nullptr ? std::string()
                         : std::string(static_cast<const char*>(data),
                                       static_cast<std::size_t>(size));
}

std::uint64_t count_in(sqlite3* handle, const char* query) {
  const auto text = first_text(handle, query);
  return text ? std::strtoull(text->c_str(), nullptr, 10) : 0;
}

std::string key_trouble(sqlite3* handle, const fs::path& folder) {
  const auto made_with =
      first_text(handle, "SELECT value FROM meta WHERE name = 'key'");
  const fs::path file = folder / "key";
  std::error_code error;
  if (!fs::exists(fs::symlink_status(file, error))) return "it is missing";
  if (!is_kind(file, S_IFREG) ||
      fs::file_size(file, error) != SealKey::kBytes || error) {
    return "it is not a key that rung made";
  }
  const std::string bytes = file_text(file);
  if (bytes.size() != SealKey::kBytes) return "it cannot be read";
  const SealKey key(bytes);
  if (!made_with || *made_with != key.fingerprint()) {
    return "it is not the one that the journal was made with";
  }
  const char* newest =
      "SELECT id, sealed FROM release WHERE id = (SELECT release_id FROM "
      "known_good ORDER BY id DESC LIMIT 1)";
  const auto id = first_text(handle, newest, 0);
  const auto sealed = first_text(handle, newest, 1);
  if (id && sealed && !key.unseal(*sealed, *id)) {
    return "the last known good does not open with it: it is damaged";
  }
  return "";
}

}  // namespace

JournalLook look_at_journal(const fs::path& folder) {
  JournalLook look;
  const fs::path rung = folder / ".rung";
  const fs::path database = rung / "journal.db";
  std::error_code error;
  if (!fs::exists(fs::symlink_status(rung, error)) ||
      (is_kind(rung, S_IFDIR) &&
       !fs::exists(fs::symlink_status(database, error)))) {
    return look;
  }
  look.is_there = true;
  if (!is_kind(rung, S_IFDIR) || !is_kind(database, S_IFREG)) {
    look.problem = ".rung is no folder, or its journal.db no file";
    look.advice = "move it away";
    return look;
  }
  const LookHandle handle = open_for_look(database);
  if (!handle) {
    look.problem = "no memory to open it";
    return look;
  }
  const auto said = first_text(handle.get(), "PRAGMA integrity_check(1)");
  if (!said) {
    const int code = sqlite3_errcode(handle.get()) & 0xff;
    const bool closed = code == SQLITE_CANTOPEN || code == SQLITE_PERM;
    look.problem = closed ? "it cannot be opened"
                          : std::string("it cannot be read: ") +
                                sqlite3_errmsg(handle.get());
    look.advice = closed ? "make .rung readable for this user" : kBeginAnew;
    return look;
  }
  if (*said != "ok") {
    look.problem = "it is damaged: " + *said;
    look.advice = kBeginAnew;
    return look;
  }
  const auto format = static_cast<std::int64_t>(
      count_in(handle.get(), "PRAGMA user_version"));
  if (format > SqliteJournal::newest_format()) {
    look.problem = fmt::format("it has format {}, this rung knows up to {}",
                               format, SqliteJournal::newest_format());
    look.advice = "use the newer rung that wrote it";
    return look;
  }
  if (format == 0) {
    look.found = "empty";
    return look;
  }
  look.found = fmt::format(
      "{}, {}, {}",
      counted(count_in(handle.get(), "SELECT count(*) FROM run"), "run"),
      counted(count_in(handle.get(), "SELECT count(*) FROM probe"), "probe"),
      counted(count_in(handle.get(), "SELECT count(*) FROM known_good"),
              "known good"));
  look.key_problem = key_trouble(handle.get(), rung);
  return look;
}

}  // namespace rung
