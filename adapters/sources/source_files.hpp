#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// Takes a file: its path below the folder, with slashes, and what is in it.
using TakeFile =
    std::function<void(const std::string& path, const std::string& text)>;

/// What a walk over sources came to.
struct SourceWalk {
  std::size_t files = 0;       ///< that were given to `take`
  std::size_t unreadable = 0;  ///< no permission, gone, or broken
  bool stopped = false;        ///< more files or bytes than a walk reads
  /// What is no source: folders (with a slash at the end) and files.
  std::vector<std::string> left_out;
};

/// Gives `take` each file that someone wrote: not .git, not what git ignores,
/// not packages (node_modules, vendor, ...), build output, minified and binary
/// files and those above 1 MiB. Without a repository, all but those. Follows no
/// symbolic link, writes nothing, sorted by path. Throws HistoryError when the
/// folder cannot be read.
SourceWalk walk_sources(const std::filesystem::path& folder,
                        const TakeFile& take);

/// What a look into files that are no sources came to.
struct LeftOutLook {
  std::size_t files = 0;  ///< that were given to `take`
  /// Those that hide their text (archives, DLLs) and lie in no package.
  std::vector<std::string> closed;
  bool stopped = false;  ///< there is more than was looked at
};

/// Gives `take` the files of `walk.left_out`, for a search of names in them: a
/// program can run from a bundle or a package. Leaves out pictures and what
/// belongs to version control. Reads 256 MiB at most.
LeftOutLook look_into_left_out(const std::filesystem::path& folder,
                               const SourceWalk& walk, const TakeFile& take);

/// Whether a path is of a folder or file that a walk leaves out by its name.
bool is_left_out_by_name(std::string_view path);

}  // namespace rung
