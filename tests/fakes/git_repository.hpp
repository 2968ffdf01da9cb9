#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

struct git_repository;
struct git_index;

namespace rung::fakes {

/// A file of a commit, as git stores it.
struct RepositoryFile {
  enum class Kind { plain, executable, link };
  std::string content;  ///< of a link: where it points
  Kind kind = Kind::plain;
};

/// A real repository in a temporary folder, removed with this object. Commits
/// go straight into the object store (hundreds take milliseconds); the work
/// tree stays empty until check_out(). Dates are one second apart and begin
/// in 2023; author and messages are fixed, so equal calls give equal ids.
class GitRepository {
 public:
  /// Path -> file; nullopt deletes the file (or the whole folder).
  using Changes = std::map<std::string, std::optional<RepositoryFile>>;

  GitRepository();
  /// In a folder of the caller's, which is made and not removed.
  explicit GitRepository(const std::filesystem::path& folder);
  ~GitRepository();
  GitRepository(const GitRepository&) = delete;
  GitRepository& operator=(const GitRepository&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] const std::string& head() const { return head_; }

  /// Commits on the current branch ("main" at first); returns the full id.
  std::string commit(const Changes& changes,
                     const std::string& message = "change");
  /// The usual case: path -> content.
  std::string commit_files(const std::map<std::string, std::string>& files,
                           const std::string& message = "change");
  /// Merges commits into the current branch; the files are those of the
  /// current branch plus `changes`.
  std::string merge(const std::vector<std::string>& others,
                    const Changes& changes = {},
                    const std::string& message = "merge");
  /// Commits a tree that already exists, with any parents, on no branch.
  std::string commit_tree_of(const std::string& commit,
                             const std::vector<std::string>& parents);
  /// Adds a submodule entry (a commit id in the tree) and commits.
  std::string commit_submodule(const std::string& path);

  /// Goes on from `commit` on branch `name`, made or moved there.
  void branch(const std::string& name, const std::string& commit);
  /// Writes the files of the current branch into the work tree.
  void check_out();

 private:
  std::string write_commit(const std::vector<std::string>& parents,
                           const std::string& message);
  void change(const Changes& changes);
  void load(const std::string& commit);

  std::filesystem::path root_;
  bool temporary_;
  git_repository* repository_ = nullptr;
  git_index* index_ = nullptr;  ///< in memory
  std::string head_, branch_ = "main";
  std::int64_t clock_ = 1'700'000'000;
};

/// A new folder below the system's temporary one, removed with all in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rung::fakes
