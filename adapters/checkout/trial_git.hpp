#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "adapters/git/history.hpp"

namespace rung {

class Worktree;

/// The `.git` of rung's checkout: its own repository, so that git in a build, a
/// start command or a predicate sees the commit on trial and cannot change the
/// user's repository. It borrows the objects (alternates) and has copies of the
/// refs. HEAD is detached, and there are no remotes, hooks or settings of the
/// user. The index lists the whole commit: the deployed files as they are on
/// disk, the rest as left out (skip-worktree), so `git status` is clean and
/// `git describe --dirty` is not dirty. Generated files count as unchanged.
class TrialGit {
 public:
  explicit TrialGit(const GitHistory& history);
  /// Makes the repository match `worktree` and removes all changes of an
  /// earlier trial. REQUIRES: worktree.commit(). Throws HistoryError,
  /// PlatformError.
  void stand_at(const Worktree& worktree);

 private:
  /// Files that do not change from commit to commit, by name in the `.git`.
  [[nodiscard]] std::map<std::string, std::string> lasting_files(
      const Worktree& worktree) const;

  std::filesystem::path git_dir_;  ///< the source's; rung never writes to it
  std::string alternates_, packed_refs_;
};

}  // namespace rung
