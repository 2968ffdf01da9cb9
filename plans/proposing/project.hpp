#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plans/proposing/project_files.hpp"

namespace rung {

/// A folder of a project, and the texts in it. Copies share what was read.
class Project {
 public:
  /// `files` must outlive the object.
  explicit Project(const ProjectFiles& files);

  /// The same project, seen from a folder below this one.
  [[nodiscard]] Project below(const std::string& folder) const;
  /// The same project, seen from its top.
  [[nodiscard]] Project top() const;

  /// "" = the top; else without '/' at the end.
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// The files below the folder, relative to it, sorted.
  [[nodiscard]] const std::vector<std::string>& paths() const {
    return *paths_;
  }
  [[nodiscard]] bool has(std::string_view path) const;
  /// The text of a file: valid UTF-8, LF line ends, no byte order mark.
  /// nullptr = not there, not readable, or no text. Reads at most 64 MiB in
  /// all; after that every further file is missing.
  [[nodiscard]] const std::string* text(std::string_view path) const;
  /// The file as comments and messages name it: relative to the top, safe to
  /// print on one line.
  [[nodiscard]] std::string shown(std::string_view path) const;

 private:
  struct Cache;
  Project() = default;

  const ProjectFiles* files_ = nullptr;
  std::string folder_;
  std::shared_ptr<const std::vector<std::string>> paths_;
  std::shared_ptr<Cache> cache_;
};

/// "app" of "app/main.py"; "" for a file without a folder.
std::string_view folder_name(std::string_view path);
/// How many folders a path names.
std::size_t depth_of(std::string_view path);

}  // namespace rung
