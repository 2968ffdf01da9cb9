#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/git/error.hpp"

namespace rung::git {

/// One name in a tree. `mode` is one of git's five (file, executable, link,
/// tree, commit = submodule), older variants made equal to these.
struct TreeEntry {
  std::string name;
  std::uint32_t mode = 0;
  git_oid id{};
  [[nodiscard]] bool is_tree() const { return mode == GIT_FILEMODE_TREE; }
  [[nodiscard]] bool is_submodule() const {
    return mode == GIT_FILEMODE_COMMIT;
  }
  [[nodiscard]] bool same_as(const TreeEntry& other) const {
    return mode == other.mode && git_oid_equal(&id, &other.id) != 0;
  }
};

/// The part of a commit that walks need.
struct CommitHeader {
  git_oid tree{};
  std::int64_t time = 0;  ///< committer's, seconds since 1970
  std::vector<git_oid> parents;
};

/// Reads the objects of one repository as they are stored, without libgit2's
/// parsed objects: a walk over 100,000 commits spends its time in inflate
/// alone. Not thread-safe; one per thread. Everything throws HistoryError
/// when an object is missing or damaged.
class Objects {
 public:
  /// `repository` outlives this.
  explicit Objects(git_repository* repository);

  /// The bytes of an object, valid as long as this handle.
  struct Bytes {
    OdbObject object;
    [[nodiscard]] std::string_view text() const {
      return {static_cast<const char*>(git_odb_object_data(object.get())),
              git_odb_object_size(object.get())};
    }
  };
  [[nodiscard]] Bytes read(const git_oid& id, git_object_t type) const;
  [[nodiscard]] bool has(const git_oid& id) const;
  /// Finds what another repository's `objects` folder holds from now on, too.
  void borrow(const std::filesystem::path& folder);
  [[nodiscard]] std::size_t size_of(const git_oid& id) const;

  /// Overwrites `header` (its memory is used again).
  void read_commit(const git_oid& id, CommitHeader& header) const;
  /// By name, in byte order; nullopt = the empty tree. Leaves out what no
  /// folder can hold (see is_odd_name) and refuses a name that comes twice.
  [[nodiscard]] std::vector<TreeEntry> read_tree(
      const std::optional<git_oid>& id) const;
  /// One name of a tree, without reading the rest into memory.
  [[nodiscard]] std::optional<TreeEntry> find(const git_oid& tree,
                                              std::string_view name) const;
  /// What is at `path` ("a/b", "" = the tree itself).
  [[nodiscard]] std::optional<TreeEntry> find_path(const git_oid& tree,
                                                   std::string_view path) const;

 private:
  git_repository* repository_;
  Odb odb_;
  std::set<std::filesystem::path> borrowed_;
};

/// A name that would lead out of its folder or into git's own ("..", ".git",
/// with a slash): git checks out no such file either.
bool is_odd_name(std::string_view name);
/// Such names below a tree, by path.
std::vector<std::string> odd_names(const Objects& objects,
                                   const git_oid& tree);

/// A file (or link, or submodule) that differs between two trees.
struct FileChange {
  std::string path;                        ///< relative to the trees
  std::optional<TreeEntry> before, after;  ///< names left empty
};

/// All files that differ, by path in the order of a recursive listing; equal
/// subtrees are never read. nullopt = the empty tree.
std::vector<FileChange> diff_trees(const Objects& objects,
                                   const std::optional<git_oid>& before,
                                   const std::optional<git_oid>& after);

/// "a/b/" -> {"a", "b"}; "", "." and "./" are empty. Throws HistoryError for
/// an absolute path or one with "..".
std::vector<std::string> path_parts(std::string_view path);
/// The same, joined again: the form paths have in trees.
std::string tree_path(std::string_view path);

}  // namespace rung::git
