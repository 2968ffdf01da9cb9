#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace rung {

/// An open file with flock(2) on it; the kernel lets go of it when the process
/// ends, however it ends. Not inherited by programs that are started.
class FileLock {
 public:
  /// REQUIRES: an open file that this process has locked.
  explicit FileLock(int file) : file_(file) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int file_;
};

/// `.rung/`, where rung keeps what it learned beside a plan: 0700, invisible
/// to git. Holds journal.db, key (32 random bytes), lock. All methods throw
/// JournalError: one line, what to try.
class JournalFolder {
 public:
  /// Makes `dir`/.rung if it is not there; `dir` itself must exist. Refuses a
  /// symbolic link: a repository could point it anywhere.
  explicit JournalFolder(const std::filesystem::path& dir);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path database() const;
  [[nodiscard]] std::filesystem::path key_file() const;

  /// Held while the folder's files are made: waits for whoever holds it.
  [[nodiscard]] std::unique_ptr<FileLock> lock_for_setup() const;
  /// Makes an empty 0600 database file unless one is there.
  void make_database() const;
  /// nullopt: there is none.
  [[nodiscard]] std::optional<std::string> read_key() const;
  /// A new key, whole or not at all. REQUIRES: lock_for_setup(), no key yet.
  std::string make_key() const;

  /// The right to change what the journal is about: one climb or bisect at a
  /// time. Does not wait; the message names the process that holds it.
  [[nodiscard]] std::unique_ptr<FileLock> lock_for_run() const;
  /// Whether a process has that right now.
  [[nodiscard]] bool is_locked_for_run() const;

 private:
  std::filesystem::path path_;
};

}  // namespace rung
