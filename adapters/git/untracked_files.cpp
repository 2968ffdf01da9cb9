#include "adapters/git/untracked_files.hpp"

#include <fmt/format.h>
#include <git2.h>

#include <algorithm>

#include "adapters/git/error.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;

class UntrackedFinder {
 public:
  explicit UntrackedFinder(const fs::path& root) : root_(root) {
    git::start();
    git_repository* repository = nullptr;
    git::check(git_repository_open(&repository, root.c_str()),
               "opening " + root.string());
    repository_.reset(repository);
    git_index* index = nullptr;
    git::check(git_repository_index(&index, repository),
               "reading the index of " + root.string());
    index_.reset(index);
  }

  std::vector<std::string> find() {
    look_into("");
    std::sort(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  /// `folder` is "" or ends with a slash, and has tracked files below it.
  void look_into(const std::string& folder) {
    for (const fs::directory_entry& entry : list(folder)) {
      const std::string path = folder + entry.path().filename().string();
      if (is_ours_or_gits(entry) || is_tracked(path)) continue;
      if (!is_folder(entry)) {
        if (!is_ignored(path)) found_.push_back(path);
      } else if (has_tracked(path + '/')) {
        look_into(path + '/');
      } else if (!is_ignored(path + '/') && holds_something(path + '/')) {
        found_.push_back(path);
      }
    }
  }

  /// Whether an untracked folder has more in it than ignored files.
  [[nodiscard]] bool holds_something(const std::string& folder) const {
    for (const fs::directory_entry& entry : list(folder)) {
      const std::string path = folder + entry.path().filename().string();
      if (entry.path().filename() == ".git") return true;  // a repository
      if (is_ours_or_gits(entry)) continue;
      if (!is_folder(entry)) {
        if (!is_ignored(path)) return true;
      } else if (!is_ignored(path + '/') && holds_something(path + '/')) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] fs::directory_iterator list(const std::string& folder) const {
    std::error_code error;
    fs::directory_iterator entries(
        root_ / folder, fs::directory_options::skip_permission_denied, error);
    // Gone since its name was read: then there is nothing in it.
    if (error && error != std::errc::no_such_file_or_directory) {
      throw HistoryError(fmt::format(
          "listing {}: {}", (root_ / folder).string(), error.message()));
    }
    return entries;
  }

  static bool is_ours_or_gits(const fs::directory_entry& entry) {
    const fs::path name = entry.path().filename();
    return name == ".git" || name == ".rung";
  }
  static bool is_folder(const fs::directory_entry& entry) {
    std::error_code error;
    return !entry.is_symlink(error) && entry.is_directory(error);
  }
  /// A file, or a submodule, whose folder is git's own affair.
  [[nodiscard]] bool is_tracked(const std::string& path) const {
    return git_index_find(nullptr, index_.get(), path.c_str()) == 0;
  }
  [[nodiscard]] bool has_tracked(const std::string& folder) const {
    return git_index_find_prefix(nullptr, index_.get(), folder.c_str()) == 0;
  }
  [[nodiscard]] bool is_ignored(const std::string& path) const {
    int ignored = 0;
    git::check(
        git_ignore_path_is_ignored(&ignored, repository_.get(), path.c_str()),
        "reading what git ignores in " + root_.string());
    return ignored != 0;
  }

  fs::path root_;
  git::Repository repository_;
  git::Index index_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> untracked_files(const fs::path& root) {
  return UntrackedFinder(root).find();
}

}  // namespace rung
