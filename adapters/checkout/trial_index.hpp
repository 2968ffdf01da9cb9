#pragma once

#include <string>

#include "adapters/checkout/worktree_state.hpp"
#include "adapters/git/objects.hpp"

namespace rung::files {

/// The bytes of a git index (version 3) for a checkout: the files of
/// `snapshot` below `path` with the times and sizes they have on disk, and
/// `others`, which are not checked out or are submodules, sorted by path. Source: gitformat-index(5).
std::string index_bytes(const Snapshot& snapshot, const std::string& path,
                        const std::vector<git::FileChange>& others);

}  // namespace rung::files
