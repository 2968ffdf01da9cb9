#pragma once

#include "adapters/git_objects.hpp"
#include "core/commit_graph.hpp"

namespace rung::git {

struct Walked {
  CommitGraph graph;
  bool good_is_ancestor = false;  ///< of bad; equal counts
};

/// The commits reachable from bad and not from good. With `first_parent` only
/// the first parents of commits on bad's side are followed (good's side is
/// left out whole, as in `git rev-list --first-parent bad ^good`).
Walked walk_between(const Objects& objects, const git_oid& good,
                    const git_oid& bad, bool first_parent);

}  // namespace rung::git
