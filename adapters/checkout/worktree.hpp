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
/// linked work tree: rung never writes into the user's .git folder. It leaves a
/// `.git` in the root alone: see TrialGit.
///
/// Writes files as git stores them, converted if the commit's own
/// .gitattributes ask for it (eol=crlf, ident). Ignores the user's
/// core.autocrlf and filter drivers, so that each machine deploys the same
/// bytes. Submodules come from the user's clones of them, Git LFS files from
/// the user's store. A missing submodule is an empty folder, a missing LFS file
/// stays a pointer, and LeftOut reports both.
///
/// The file ROOT.state beside the root records what is checked out; the next
/// run continues from there. If rung died (or the disk was full) during a
/// change, the next move_to() writes everything again.
///
/// Throws CannotDeploy for a commit that has no such folder, HistoryError if it
/// cannot read the repository, and PlatformError if it cannot write the folder.
/// Not thread-safe.
class Worktree {
 public:
  enum class Reset {
    tracked,  ///< files of the commit are as committed; others stay
    all,      ///< and every other file is removed
  };

  /// `root` stands for the repository's root. The object creates it if absent
  /// and owns it until destruction (a lock tells other processes). `path` is
  /// the deployed folder and the only one that is checked out, at ROOT/PATH: ""
  /// is the whole repository.
  Worktree(const GitHistory& history, std::filesystem::path root,
           std::string path = "");
  ~Worktree();
  Worktree(Worktree&&) noexcept;
  Worktree& operator=(Worktree&&) noexcept;

  /// The deployed folder: ROOT/PATH.
  [[nodiscard]] const std::filesystem::path& folder() const;
  [[nodiscard]] const std::filesystem::path& root() const;
  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] bool has_submodules() const;
  /// The files that rung wrote there, as they were then.
  [[nodiscard]] const files::Snapshot& snapshot() const;
  /// Whether the checked-out commit has this file.
  [[nodiscard]] bool holds(const std::string& file) const;
  /// Whether it has a file at, above or below `path`.
  [[nodiscard]] bool occupies(const std::string& path) const;
  /// The checked-out commit; nullopt at first and after a failed move.
  [[nodiscard]] const std::optional<CommitId>& commit() const;

  /// Whether a committed file is not as it was written; generated ones do not
  /// count.
  [[nodiscard]] bool changed() const;

  /// Changes the folder to the commit by writing only the differences from the
  /// previous commit, and removes the overlay. Uncommitted files stay, unless
  /// one is in the place of a committed file. If a trial changed a committed
  /// file, this restores it only if the two commits differ in it: call reset()
  /// after a trial. (The first move after a restart checks all files by
  /// itself.)
  void move_to(const CommitId& commit);

  /// The same after a trial whose leftovers stay. Restores committed files that
  /// the trial changed, and makes each written file newer, in whole seconds,
  /// than all files here, so that no cache that goes by a file's time mistakes
  /// it for the old one. Waits for that, a second at most, and only if a trial
  /// left files; else it sets old times, which also all differ.
  void move_on(const CommitId& commit);
  /// move_to() with such times.
  void move_later(const CommitId& commit);

  /// Undoes the changes of a trial and removes the overlay. REQUIRES: commit().
  void reset(Reset mode);

  /// Writes generated files over the checkout: path relative to the folder ->
  /// content. They replace the previous overlay; the next overlay(), move_to()
  /// or reset() restores the committed files. Refuses paths that lead out of
  /// the folder, also through a committed symbolic link. REQUIRES: commit().
  void overlay(const std::map<std::string, std::string>& files);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
