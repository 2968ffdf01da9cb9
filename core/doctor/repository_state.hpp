#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/doctor/checkup.hpp"

namespace rung {

/// What can be seen of a git repository without asking its remote.
struct RepositoryState {
  std::size_t shallow_at = 0;         ///< commits where a shallow clone ends
  bool partial = false;               ///< objects are fetched when needed
  std::vector<std::string> changed;   ///< tracked files that differ from HEAD
  std::string operation;              ///< "rebase", "bisect", ...; "" = none
  std::string head;                   ///< short id; "" = no commit yet
  std::string branch;                 ///< "" = HEAD is detached
  /// The upstream's name as in "origin/main"; "" = none is set.
  std::string upstream;
  bool upstream_known = false;        ///< this clone has its commit
  std::optional<std::size_t> ahead, behind;  ///< nullopt: cannot be counted
};

Judged judged_history(const RepositoryState& state);
Judged judged_work_tree(const RepositoryState& state);
Judged judged_operation(const RepositoryState& state);
/// `must_be_pushed`: the platform takes commits from the remote.
Judged judged_branch(const RepositoryState& state, bool must_be_pushed);

}  // namespace rung
