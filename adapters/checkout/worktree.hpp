#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/git/history.hpp"
#include "core/model/release.hpp"

namespace rung::files {
struct Snapshot;
}

namespace rung {

/// A private checkout of one folder of a repository, for one worker. Not a
/// linked work tree: nothing is ever written into the user's .git folder.
/// A `.git` in the root is left alone: see TrialGit.
///
/// Files are written as git stores them, converted where the commit's own
/// .gitattributes ask for it (eol=crlf, ident); the user's core.autocrlf and
/// filter drivers are ignored, so that every machine deploys the same bytes.
/// Submodules come from the user's clones of them, Git LFS files from the
/// user's store; what is not there is an empty folder or stays a pointer, and
/// LeftOut says so.
///
/// What is checked out is remembered beside the root, in ROOT.state; the next
/// run goes on from there. When rung died (or the disk was full) in the
/// middle of a change, the next move_to() writes everything again.
///
/// Throws CannotDeploy for a commit that has no such folder; HistoryError when
/// the repository cannot be read;
/// PlatformError when the folder cannot be written. Not thread-safe.
class Worktree {
 public:
  enum class Reset {
    tracked,  ///< files of the commit are as committed; others stay
    all,      ///< and every other file is removed
  };

  /// `root` stands for the repository's root. It is made when absent and
  /// belongs to this object alone until it is destroyed (a lock says so to
  /// other processes). `path` is what is deployed and all that is checked
  /// out, at ROOT/PATH: "" is the whole repository.
  Worktree(const GitHistory& history, std::filesystem::path root,
           std::string path = "");
  ~Worktree();
  Worktree(Worktree&&) noexcept;
  Worktree& operator=(Worktree&&) noexcept;

  /// What is deployed: ROOT/PATH.
  [[nodiscard]] const std::filesystem::path& folder() const;
  [[nodiscard]] const std::filesystem::path& root() const;
  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] bool has_submodules() const;
  /// What rung wrote there, as it was then.
  [[nodiscard]] const files::Snapshot& snapshot() const;
  /// Whether the commit that is checked out has this file.
  [[nodiscard]] bool holds(const std::string& file) const;
  /// What is checked out; nullopt at first and after a failed move.
  [[nodiscard]] const std::optional<CommitId>& commit() const;

  /// Makes the folder the commit's, by writing only what differs from the
  /// commit before; the overlay is taken off. Files nobody committed stay,
  /// unless one stands where a committed file must be. A committed file that a
  /// trial changed is put right here only if the two commits differ in it:
  /// call reset() after a trial. (The first move after a restart looks at all
  /// files by itself.)
  void move_to(const CommitId& commit);

  /// The same after a trial whose leftovers stay: committed files that it
  /// changed are put right, and no cache that goes by a file's time takes what
  /// is written for what was there: it is newer, in whole seconds, than all
  /// files here. Waits for that, a second at most, and only where a trial left
  /// files; else old times are given, which are all different, too.
  void move_on(const CommitId& commit);
  /// move_to() with such times.
  void move_later(const CommitId& commit);

  /// Undoes what a trial did, and takes the overlay off. REQUIRES: commit().
  void reset(Reset mode);

  /// Writes generated files over the checkout: path relative to the folder ->
  /// content. They replace the overlay before; what was committed there comes
  /// back with the next overlay(), move_to() or reset(). Refuses paths that
  /// lead out of the folder, also through a committed symbolic link.
  /// REQUIRES: commit().
  void overlay(const std::map<std::string, std::string>& files);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
