#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/commit_graph.hpp"
#include "core/model/delta.hpp"
#include "core/model/release.hpp"
#include "core/model/verdict.hpp"
#include "core/search/search.hpp"

namespace rung {

/// The two ends of a hunt and what lies between them. Hunting a fix, `good` is
/// the end where the search begins: the release that the user calls bad.
struct Question {
  Release good, bad;
  CommitGraph commits;        ///< empty when both have the same commit
  std::vector<Delta> deltas;  ///< those that are not commits
  std::string gate_id;        ///< equal gates on an equal target
  bool find_fix = false;      ///< `good` fails, `bad` passes: what repaired it?
  /// A release as verdicts are remembered: commits that deploy equal files
  /// are equal. Unset = the release itself.
  std::function<Release(const Release&)> content;
  /// The deltas that a failure of `bad` points at; they are tried early. Unset
  /// = nobody knows.
  std::function<std::vector<DeltaRef>(const Failure&)> named;
};

/// The release in which just the deltas of `point` are switched on.
Release release_at(const Question& question, const Point& point);
/// "the good release", "commit 3f2a9c1", "good commit, rest as bad", ...
/// in the user's sense of good and bad.
std::string label(const Question& question, const Point& point);
/// "env PORT removed", "commit 3f2a9c1".
std::string label(const Question& question, const DeltaRef& delta);

}  // namespace rung
