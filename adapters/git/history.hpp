#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/commit_graph.hpp"
#include "core/model/commit_info.hpp"
#include "core/model/release.hpp"

namespace rung {

/// A commit that cannot be deployed whatever we do: its folder is absent. A
/// fact about the commit, so a probe may read it as a refusal at stage source.
class CannotDeploy : public HistoryError {
  using HistoryError::HistoryError;
};

/// A shallow or partial clone lacks what was asked for. what() has the command
/// that fetches it; see deepen.hpp.
class NotFetched : public HistoryError {
 public:
  /// `objects`: their ids; none = commits, which nobody can name.
  explicit NotFetched(const std::string& what,
                      std::vector<std::string> objects = {})
      : HistoryError(what), objects_(std::move(objects)) {}
  [[nodiscard]] const std::vector<std::string>& objects() const {
    return objects_;
  }

 private:
  std::vector<std::string> objects_;
};

/// How messages say what fetches the rest of a clone.
inline constexpr std::string_view kUnshallow =
    "fetch the rest with: git fetch --unshallow (--deepen does it)";
inline constexpr std::string_view kRefetch =
    "fetch the rest with: git fetch --refetch --no-filter (--deepen gets just "
    "what is needed)";

/// A commit and all its first parents, oldest first.
struct MainLine {
  std::vector<CommitId> commits;    ///< never empty
  std::vector<std::int64_t> times;  ///< committers', seconds since 1970
  bool cut = false;  ///< a shallow clone lacks the parents of the first one
};

struct BetweenOptions {
  /// Only the main line of the bad side: each commit's first parent.
  bool first_parent = false;
};

/// A git repository, read through libgit2 and never written to (but for
/// set_tag). Not thread-safe. Everything throws HistoryError: one line that
/// says what was asked, and what to try.
class GitHistory {
 public:
  /// Opens the repository that holds `inside` (any folder of it; a linked work
  /// tree is fine). Refuses what rung cannot judge: no repository, bare,
  /// sha256 ids. Of a shallow or partial clone it reads what is there, and
  /// throws NotFetched for the rest.
  explicit GitHistory(const std::filesystem::path& inside);
  ~GitHistory();
  GitHistory(GitHistory&&) noexcept;
  GitHistory& operator=(GitHistory&&) noexcept;

  /// Top folder of the work tree, and the .git folder (of a linked work tree:
  /// its own below .git/worktrees). Absolute, no slash at the end.
  [[nodiscard]] const std::filesystem::path& root() const;
  [[nodiscard]] const std::filesystem::path& git_dir() const;
  /// A folder on disk as a path inside the repository: "" is the root,
  /// "backend" a folder of it. Throws if it lies outside.
  [[nodiscard]] std::string path_inside(
      const std::filesystem::path& folder) const;

  /// "HEAD~3", a tag, a branch, a short id.
  [[nodiscard]] CommitId resolve(std::string_view revision) const;
  /// Tracked files that differ from HEAD, staged or not, below `path`
  /// (sorted). Files git does not know are not listed, nor those that a sparse
  /// checkout leaves out, nor edits of files that a filter converts.
  [[nodiscard]] std::vector<std::string> changed_files(
      std::string_view path = "") const;
  [[nodiscard]] bool dirty() const { return !changed_files().empty(); }

  /// The commits bad has and good has not (`git rev-list bad ^good`), parents
  /// first, bad last. Empty when good has all of bad. Never without commits
  /// that a shallow clone lacks: then it throws NotFetched. 100,000 commits: about
  /// 0.4 s; the process stays below 40 MB.
  [[nodiscard]] CommitGraph between(const CommitId& good, const CommitId& bad,
                                    BetweenOptions options = {}) const;
  /// The history of `commit` by first parents, as far as the clone goes.
  [[nodiscard]] MainLine main_line(const CommitId& commit) const;
  /// Whether `ancestor` is in the history of `commit` (equal counts). Free
  /// right after between(ancestor, commit).
  [[nodiscard]] bool is_ancestor(const CommitId& ancestor,
                                 const CommitId& commit) const;
  /// A best common ancestor; nullopt when the histories share nothing.
  [[nodiscard]] std::optional<CommitId> merge_base(const CommitId& a,
                                                   const CommitId& b) const;

  [[nodiscard]] CommitInfo info(const CommitId& commit) const;
  /// Paths a commit changed against its first parent, sorted.
  [[nodiscard]] std::vector<std::string> changed_paths(
      const CommitId& commit) const;
  /// Paths that differ between any two commits, below `path` but relative to
  /// the repository; sorted.
  [[nodiscard]] std::vector<std::string> changed_paths(
      const CommitId& from, const CommitId& to,
      std::string_view path = "") const;

  /// Id of what is at `path` in a commit (40 hex): equal ids, equal content.
  /// nullopt = there is nothing at that path.
  [[nodiscard]] std::optional<std::string> tree_id(const CommitId& commit,
                                                   std::string_view path) const;
  /// 64 hex over everything that `inputs` match below `path`: names, modes and
  /// content. Inputs are files, folders (all below) or globs (`*` and `?`
  /// within a name, `**` over folders), relative to `path`; none = all of it.
  [[nodiscard]] std::string inputs_id(
      const CommitId& commit, std::string_view path,
      const std::vector<std::string>& inputs) const;
  /// Whether one of those inputs matches anything.
  [[nodiscard]] bool matches(const CommitId& commit, std::string_view path,
                             const std::string& input) const;
  /// Per commit of `graph`: whether what `inputs` (see inputs_id) match below
  /// `path` is the same as in all its parents (with first_parent: as in its
  /// first), so that it cannot be guilty. Without both nothing is read and
  /// only empty commits could be found, so all are false.
  [[nodiscard]] std::vector<bool> unchanged(
      const CommitGraph& graph, std::string_view path,
      const std::vector<std::string>& inputs = {},
      BetweenOptions options = {}) const;

  /// First parent first; the clone may lack them.
  [[nodiscard]] std::vector<CommitId> parents(const CommitId& commit) const;
  /// Whether the clone has the commit.
  [[nodiscard]] bool has(const CommitId& commit) const;

  /// A file's content at a commit; nullopt = no file there. A symbolic link
  /// gives its target's path, as git stores it.
  [[nodiscard]] std::optional<std::string> read_file(
      const CommitId& commit, std::string_view path) const;
  /// Files and links below `path`, relative to the repository, sorted.
  [[nodiscard]] std::vector<std::string> list_files(
      const CommitId& commit, std::string_view path = "") const;

  /// Why this commit's `path` cannot be deployed (there is no such folder):
  /// one line. nullopt = it can.
  [[nodiscard]] std::optional<std::string> refusal(
      const CommitId& commit, std::string_view path = "") const;

  /// Makes `refs/tags/NAME` point at the commit, wherever it was before.
  void set_tag(const std::string& name, const CommitId& commit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
