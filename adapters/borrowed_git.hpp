#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/git_history.hpp"

namespace rung {

/// A `.git` in a checkout of ours that borrows the objects and the names of
/// the source's repository, so that scripts written for `git bisect run` find
/// what they ask (`git rev-parse HEAD`, `git describe`). What git does not know
/// in the source's work tree (a check.sh nobody committed) is there too, as
/// links. The source is never written to; there is no index, so `git status` is
/// of no use there.
class BorrowedGit {
 public:
  BorrowedGit(const GitHistory& history, const std::filesystem::path& checkout);
  /// HEAD is that commit, detached.
  void move_to(const CommitId& commit);

 private:
  const GitHistory& history_;
  std::filesystem::path git_dir_;
  std::filesystem::path checkout_;
  bool made_ = false;
  std::vector<std::string> untracked_;  ///< relative to the source's root
};

}  // namespace rung
