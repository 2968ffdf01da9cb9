#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "adapters/checkout/worktree_files.hpp"
#include "adapters/git/error.hpp"

namespace rung::files {

/// One file of the checked-out commit.
struct Tracked {
  git_oid blob{};
  Kind kind = Kind::plain;
  /// Changed within the clock tick in which rung looked: an equal stamp proves
  /// nothing. (Git calls this racily clean.)
  bool racy = true;
  /// Its bytes differ from the blob: .gitattributes asked for a conversion.
  bool converted = false;
  bool fetched = false;  ///< from or for the LFS store; not kept on disk
  Stamp stamp;
};

/// The contents of a checkout.
struct Snapshot {
  std::optional<git_oid> commit;
  bool conversions = false;  ///< its .gitattributes ask for some
  /// It depends on other files of this machine: clones of submodules, files of
  /// Git LFS.
  bool fetched = false;
  std::map<std::string, Tracked, std::less<>> files;
  std::set<std::string, std::less<>> overlay;  ///< generated files now there
};

/// The snapshot on disk: a log of changes, so that a step between commits of
/// 20,000 files appends two lines. Each change lies between begin() and end().
/// rung ignores a log that stops in between, that was written before this
/// machine last booted (it is not synced), or that is about something else.
class SnapshotLog {
 public:
  /// `subject` names what is checked out and where; rung ignores a log about
  /// anything else.
  SnapshotLog(std::filesystem::path file, std::string subject);

  /// Returns the last complete state and opens the log to continue it; an empty
  /// snapshot if there is none.
  Snapshot load();
  /// Forgets everything: the log starts again with an empty folder.
  void restart();

  /// Records on disk that files are about to change.
  void begin();
  /// Current time by the clock of the file system, ns: a file modified at this
  /// time or later is racy.
  [[nodiscard]] std::int64_t now() const;
  void set(const std::string& path, const Tracked& tracked);
  void erase(const std::string& path);
  void set_overlay(const std::set<std::string, std::less<>>& paths);
  /// Writes the changes since begin(). `snapshot` is the whole state; rung
  /// writes it again if the log has grown too long.
  void end(const Snapshot& snapshot);

 private:
  void append(std::string_view bytes);
  void rewrite(const Snapshot& snapshot);
  [[nodiscard]] std::optional<Snapshot> parse(std::string_view bytes) const;

  std::filesystem::path file_;
  std::string header_;
  FileDescriptor log_;
  std::string pending_;
  std::size_t size_ = 0, size_when_written_ = 0;
};

}  // namespace rung::files
