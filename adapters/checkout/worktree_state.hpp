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

/// One file of the commit that is checked out.
struct Tracked {
  git_oid blob{};
  Kind kind = Kind::plain;
  /// Changed within the clock's tick in which we looked: an equal stamp proves
  /// nothing. (What git calls racily clean.)
  bool racy = true;
  /// Its bytes are not the blob's: .gitattributes asked for a conversion.
  bool converted = false;
  bool fetched = false;  ///< from or for the LFS store; not kept on disk
  Stamp stamp;
};

/// What a checkout holds.
struct Snapshot {
  std::optional<git_oid> commit;
  bool conversions = false;  ///< its .gitattributes ask for some
  /// It depends on what else is on this machine: clones of submodules, files
  /// of Git LFS.
  bool fetched = false;
  std::map<std::string, Tracked, std::less<>> files;
  std::set<std::string, std::less<>> overlay;  ///< generated files now there
};

/// The snapshot on disk: a log of changes, so that a step between commits of
/// 20,000 files appends two lines. Every change lies between begin() and
/// end(); a log that stops in between, or was written before this machine
/// last booted (it is not synced), or about something else, is not believed.
class SnapshotLog {
 public:
  /// `subject` names what is checked out where; a log about anything else is
  /// ignored.
  SnapshotLog(std::filesystem::path file, std::string subject);

  /// The last state that was ended properly, and an open log to go on with;
  /// an empty snapshot if there is none.
  Snapshot load();
  /// Forgets everything: what follows begins with an empty folder.
  void restart();

  /// Says on disk that files are about to change.
  void begin();
  /// Time now by the clock of the file system, ns: what was modified at this
  /// time or later is racy.
  [[nodiscard]] std::int64_t now() const;
  void set(const std::string& path, const Tracked& tracked);
  void erase(const std::string& path);
  void set_overlay(const std::set<std::string, std::less<>>& paths);
  /// Writes what was set since begin(). `snapshot` is the state as a whole,
  /// written anew when the log has grown too long.
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
