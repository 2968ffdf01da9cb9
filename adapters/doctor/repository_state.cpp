#include "adapters/doctor/repository_state.hpp"

#include "adapters/git/error.hpp"
#include "adapters/git/history.hpp"
#include "adapters/git/open.hpp"

namespace rung {
namespace {

std::string operation_of(git_repository* repository) {
  switch (git_repository_state(repository)) {
    case GIT_REPOSITORY_STATE_MERGE:
      return "merge";
    case GIT_REPOSITORY_STATE_REVERT:
    case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
      return "revert";
    case GIT_REPOSITORY_STATE_CHERRYPICK:
    case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
      return "cherry-pick";
    case GIT_REPOSITORY_STATE_BISECT:
      return "bisect";
    case GIT_REPOSITORY_STATE_REBASE:
    case GIT_REPOSITORY_STATE_REBASE_INTERACTIVE:
    case GIT_REPOSITORY_STATE_REBASE_MERGE:
    case GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE:
      return "rebase";
    case GIT_REPOSITORY_STATE_APPLY_MAILBOX:
      return "apply-mailbox";
    default:
      return "";
  }
}

void compare_with_upstream(git_repository* repository, git_reference* head,
                           RepositoryState& state) {
  const char* branch = nullptr;
  if (git_branch_name(&branch, head) != 0) return;
  state.branch = branch;
  git::Buffer name;
  if (git_branch_upstream_name(&name, repository, git_reference_name(head)) !=
      0) {
    return;
  }
  constexpr std::string_view kRemotes = "refs/remotes/";
  const std::string whole(name.text());
  state.upstream = whole.starts_with(kRemotes) ? whole.substr(kRemotes.size())
                                               : whole;
  git_oid theirs{};
  if (git_reference_name_to_id(&theirs, repository, whole.c_str()) != 0) return;
  state.upstream_known = true;
  git_reference* raw = nullptr;
  if (git_reference_resolve(&raw, head) != 0) return;
  const git::Reference resolved(raw);
  const git_oid* ours = git_reference_target(raw);
  std::size_t ahead = 0, behind = 0;
  if (ours == nullptr ||
      git_graph_ahead_behind(&ahead, &behind, repository, ours, &theirs) != 0) {
    return;
  }
  // Across the end of a shallow clone commits are counted that both have.
  if (state.shallow_at != 0 && (ahead != 0 || behind != 0)) return;
  state.ahead = ahead;
  state.behind = behind;
}

}  // namespace

RepositoryState repository_state(const std::filesystem::path& inside) {
  const git::Repository repository = git::open_to_search(inside);
  git_repository* raw = repository.get();
  RepositoryState state;
  const std::string git_dir = git_repository_path(raw);
  state.operation = operation_of(raw);
  state.shallow_at = git::shallow_commits(git_dir).size();
  state.partial = !git::promisor(git_dir).empty();
  git_reference* head_raw = nullptr;
  const int code = git_repository_head(&head_raw, raw);
  if (code == GIT_EUNBORNBRANCH) return state;
  git::check(code, "cannot read HEAD");
  const git::Reference head(head_raw);
  git_object* commit = nullptr;
  git::check(git_reference_peel(&commit, head.get(), GIT_OBJECT_COMMIT),
             "cannot read the commit of HEAD");
  const git::Object owner(commit);
  state.head = git::to_hex(*git_object_id(commit)).substr(0, 12);
  if (git_repository_head_detached(raw) != 1) {
    compare_with_upstream(raw, head.get(), state);
  }
  state.changed = GitHistory(inside).changed_files();
  return state;
}

}  // namespace rung
