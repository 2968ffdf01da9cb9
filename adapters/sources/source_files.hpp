#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// What was left out of a walk over sources.
struct SourceWalk {
  std::size_t files = 0;       ///< that were given to `take`
  std::size_t unreadable = 0;  ///< no permission, gone, or broken
  std::size_t too_large = 0;   ///< above 1 MiB: data
  bool stopped = false;        ///< more files or bytes than a walk reads
};

/// Gives `take` the path (below `folder`, with slashes) and text of each file
/// that someone wrote: not .git, not what git ignores, not packages
/// (node_modules, vendor, ...), build output, minified and binary files.
/// Without a repository, all but those. Follows no symbolic link, writes
/// nothing, sorted by path. Throws HistoryError when the folder cannot be read.
SourceWalk walk_sources(
    const std::filesystem::path& folder,
    const std::function<void(const std::string&, const std::string&)>& take);

/// Whether a path is of a folder or file that a walk leaves out by its name.
bool is_left_out_by_name(std::string_view path);

}  // namespace rung
