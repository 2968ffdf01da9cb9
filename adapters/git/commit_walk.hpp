#pragma once

#include "adapters/git/objects.hpp"
#include "core/model/commit_graph.hpp"

namespace rung::git {

struct Walked {
  CommitGraph graph;
  bool good_is_ancestor = false;  ///< of bad; equal counts
  /// One of the graph whose parents a shallow clone lacks, and whether any
  /// commit that was met is one.
  std::optional<git_oid> cut;
  bool met_cut = false;
};

/// The commits reachable from bad and not from good. With `first_parent` only
/// the first parents of commits on bad's side are followed (good's side is
/// left out whole, as in `git rev-list --first-parent bad ^good`). `shallow`:
/// commits that are taken for roots, sorted.
Walked walk_between(const Objects& objects, const git_oid& good,
                    const git_oid& bad, bool first_parent,
                    const std::vector<git_oid>& shallow = {});

}  // namespace rung::git
