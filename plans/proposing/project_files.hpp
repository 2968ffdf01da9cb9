#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rung {

/// The files of a project, by relative path. What `rung init` knows of one.
class ProjectFiles {
 public:
  virtual ~ProjectFiles() = default;
  /// Regular files only, with '/' between folders, sorted. Any bytes but NUL.
  [[nodiscard]] virtual const std::vector<std::string>& paths() const = 0;
  /// The content as it is; nullopt = not there, not readable or too large.
  [[nodiscard]] virtual std::optional<std::string> content(
      const std::string& path) const = 0;
};

}  // namespace rung
