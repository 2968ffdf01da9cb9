#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace rung::sqlite {

class Database;

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

/// One prepared statement with its parameters bound in order. Columns count
/// from 0 and may be read after step() has returned true, until the next one.
class Statement {
 public:
  /// True: a row is there. False: finished. Throws JournalError.
  bool step();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;  ///< or a blob; NULL: ""
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  Statement(Database& database, std::string_view doing, std::string_view sql);
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view value);
  void bind(int index, Blob value);
  void bind(int index, const std::optional<std::int64_t>& value);

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Database* database_;
  std::string_view doing_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// One connection. Every failure is a JournalError: one line with the file,
/// what was being done and what to try. Not thread-safe.
class Database {
 public:
  /// The file must exist (an empty one is a new database) and be writable.
  explicit Database(const std::filesystem::path& file);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// `doing` completes "while ...": "recording a verdict". A literal.
  template <class... Values>
  Statement query(std::string_view doing, std::string_view sql,
                  const Values&... values) {
    Statement statement(*this, doing, sql);
    int index = 0;
    (statement.bind(++index, values), ...);
    return statement;
  }
  /// Runs one statement to its end; rows are thrown away.
  template <class... Values>
  void run(std::string_view doing, std::string_view sql,
           const Values&... values) {
    Statement statement = query(doing, sql, values...);
    while (statement.step()) {
    }
  }
  /// The id of the row that was inserted last.
  [[nodiscard]] std::int64_t last_id() const;
  /// Several statements, separated by semicolons.
  void run_script(std::string_view doing, const std::string& sql);
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  friend class Statement;
  [[noreturn]] void fail(std::string_view doing) const;

  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A write transaction: rolled back unless commit() was reached.
class Transaction {
 public:
  Transaction(Database& database, std::string_view doing);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  std::string_view doing_;
  bool open_ = true;
};

/// `PRAGMA user_version`: 0 = a new database.
std::int64_t format_of(Database& database);

/// Brings the database from the format it has to formats.size(): formats[i]
/// is the script from format i to i + 1. Inside the caller's transaction.
/// Throws JournalError for a format newer than that.
void migrate(Database& database, std::span<const std::string_view> formats);

}  // namespace rung::sqlite
