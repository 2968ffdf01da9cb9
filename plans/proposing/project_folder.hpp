#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plans/proposing/project_files.hpp"

namespace rung {

/// The files below a folder of a project on this machine, and the files (no
/// folders) beside the way up from there to the project's top. Follows no
/// symbolic link and opens regular files only, so that a link out of the
/// folder, a loop or a pipe does no harm. Leaves out what programs put there
/// (.git, node_modules, virtual environments, ...) and what lies deeper than
/// eight folders. Paths are relative to the top.
class ProjectFolder : public ProjectFiles {
 public:
  /// REQUIRES: `folder` is absolute, `top` is `folder` or above it. Throws
  /// PlanError if `folder` is no folder or cannot be read.
  ProjectFolder(std::filesystem::path top, const std::filesystem::path& folder);

  [[nodiscard]] const std::vector<std::string>& paths() const override {
    return paths_;
  }
  [[nodiscard]] std::optional<std::string> content(
      const std::string& path) const override;
  /// Whether the folder has more files than were looked at.
  [[nodiscard]] bool cut_short() const { return cut_short_; }

 private:
  void walk(const std::filesystem::path& folder, const std::string& prefix,
            int depth, int deepest);

  std::filesystem::path top_;
  std::vector<std::string> paths_;
  std::size_t seen_ = 0;
  bool cut_short_ = false;
};

/// The folder at or above an absolute one that holds .git; else that one.
std::filesystem::path project_top(const std::filesystem::path& folder);

}  // namespace rung
