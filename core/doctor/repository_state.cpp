#include "core/doctor/repository_state.hpp"

#include <fmt/format.h>

#include "core/text/counted.hpp"

namespace rung {

Judged judged_history(const RepositoryState& state) {
  if (state.shallow_at != 0) {
    return failing(
        fmt::format("shallow: cut off at {}; a search ends there",
                    counted(state.shallow_at, "commit")),
        "git fetch --unshallow (in CI: fetch-depth: 0)");
  }
  if (state.head.empty()) {
    return failing("there is no commit yet", "commit something");
  }
  if (state.partial) {
    return fine("whole; file contents are fetched when they are needed");
  }
  return fine("whole");
}

Judged judged_work_tree(const RepositoryState& state) {
  if (state.changed.empty()) return fine("no tracked file differs from HEAD");
  return failing(
      fmt::format("{} from HEAD: {}{}",
                  state.changed.size() == 1
                      ? "1 file differs"
                      : fmt::format("{} files differ", state.changed.size()),
                  state.changed.front(),
                  state.changed.size() > 1 ? ", ..." : ""),
      "commit them, or git stash: releases are made of commits, without these "
      "changes");
}

Judged judged_operation(const RepositoryState& state) {
  if (state.operation.empty()) return fine("none");
  const std::string end = state.operation == "bisect" ? "git bisect reset"
                          : state.operation == "apply-mailbox"
                              ? "git am --abort"
                              : "git " + state.operation + " --abort";
  return failing(fmt::format("a {} is in progress", state.operation),
                 fmt::format("end it, or give it up: {}", end));
}

Judged judged_branch(const RepositoryState& state, bool must_be_pushed) {
  if (state.head.empty()) return not_known("there is no commit yet");
  if (state.branch.empty()) {
    return not_known(
        fmt::format("HEAD is detached at {}, so it has no upstream",
                    state.head));
  }
  if (state.upstream.empty()) {
    return not_known(fmt::format("branch {} has no upstream", state.branch));
  }
  if (!state.upstream_known) {
    return not_known(fmt::format("{} was never fetched, or is gone",
                                 state.upstream));
  }
  if (!state.ahead || !state.behind) {
    return not_known("the clone lacks the commits to compare with " +
                     state.upstream);
  }
  // Without fetching, what is known of the upstream is as old as the last
  // fetch: "equal" is not more than that.
  if (*state.behind != 0) {
    return failing(
        fmt::format("{} is {} behind and {} ahead of {}", state.branch,
                    *state.behind, *state.ahead, state.upstream),
        *state.ahead == 0 ? "git pull --ff-only" : "git pull --rebase");
  }
  if (*state.ahead == 0) {
    return fine(fmt::format("{} is {} as last fetched", state.branch,
                            state.upstream));
  }
  std::string found = fmt::format("{} is {} ahead of {} as last fetched",
                                  state.branch, *state.ahead, state.upstream);
  if (!must_be_pushed) return fine(std::move(found));
  return failing(std::move(found),
                 "git push: the platform deploys pushed commits only");
}

}  // namespace rung
