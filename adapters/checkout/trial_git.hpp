#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "adapters/git/history.hpp"

namespace rung {

class Worktree;

/// The `.git` of a checkout of ours: a repository of its own, so that git in a
/// build, a start command or a predicate sees the commit on trial and can
/// change nothing of the user's. It borrows the objects (alternates) and has
/// copies of the names; HEAD is detached; no remotes, hooks or settings of the
/// user's. The index lists the whole commit: what is deployed as it lies
/// there, the rest as left out (skip-worktree), so `git status` is clean and
/// `git describe --dirty` is not dirty. Generated files count as unchanged.
class TrialGit {
 public:
  explicit TrialGit(const GitHistory& history);
  /// Makes it fit what `worktree` holds: nothing that an earlier trial did to
  /// it stays. REQUIRES: worktree.commit(). Throws HistoryError,
  /// PlatformError.
  void stand_at(const Worktree& worktree);

 private:
  /// What does not change from commit to commit, by name in the `.git`.
  [[nodiscard]] std::map<std::string, std::string> lasting_files(
      const Worktree& worktree) const;

  std::filesystem::path git_dir_;  ///< the source's, never written to
  std::string alternates_, packed_refs_;
};

}  // namespace rung
