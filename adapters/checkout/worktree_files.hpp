#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/process/file_descriptor.hpp"

/// Access to files below one folder, from its descriptor and never through a
/// symbolic link: a link in a commit, or one that a trial made, cannot lead a
/// write out of the folder.
namespace rung::files {

/// Throws PlatformError "cannot WRITE PATH: what errno says; what to try".
[[noreturn]] void fail(int error, std::string_view doing,
                       const std::filesystem::path& path);

enum class Kind : std::uint32_t { plain, executable, link };

/// Facts that distinguish a changed file from an unchanged one.
struct Stamp {
  std::int64_t modified = 0, changed = 0;  ///< nanoseconds since 1970
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};
Stamp stamp_of(const struct stat& status);
/// nullopt for folders, sockets and the like.
std::optional<Kind> kind_of(const struct stat& status);

/// Walks from folder to folder and keeps those on the way open. Paths are
/// relative to the root, with "/" between names; "" is the root itself.
class Cursor {
 public:
  enum class Missing {
    create,  ///< make folders; remove what is in the way
    skip,
  };
  /// `root` is a folder's open descriptor, `name` its path for messages; both
  /// outlive this.
  Cursor(int root, const std::filesystem::path& name, Missing missing)
      : root_(root), name_(name), missing_(missing) {}

  /// Descriptor of the folder that holds `path`; -1 if it is missing (and is
  /// not to be created).
  int folder_of(std::string_view path);
  /// The last part of a path.
  static std::string name_of(std::string_view path);
  [[nodiscard]] const std::filesystem::path& name() const { return name_; }

 private:
  int open_below(int parent, const std::string& name, std::string_view path);

  struct Level {
    std::string path;
    FileDescriptor folder;
  };
  int root_;
  const std::filesystem::path& name_;
  Missing missing_;
  std::vector<Level> levels_;
};

/// Writes a new file or link at `path` and removes whatever was there. Sets the
/// modification time to `time`; nullptr = now.
Stamp write(Cursor& cursor, const std::string& path, Kind kind,
            std::string_view content, const timespec* time = nullptr);
/// Removes a file, link or whole folder; it may be absent.
void remove(Cursor& cursor, const std::string& path);
/// Removes the folder at `path` if it is there and empty.
void remove_if_empty(Cursor& cursor, const std::string& path);
/// nullopt if nothing is there.
std::optional<struct stat> status(Cursor& cursor, const std::string& path);
/// A file's content, or a link's target.
std::string read(Cursor& cursor, const std::string& path, Kind kind);

/// The newest times of the files below a folder, without ".git" and links, in
/// whole seconds; 0 = no files.
struct Newest {
  std::time_t known = 0, strange = 0;  ///< by `is_known`
};
/// Ignores times later than `now`, because they are artificial. `only_strange`
/// skips the look at each known file.
Newest newest_below(int root, std::time_t now,
                    const std::function<bool(const std::string&)>& is_known,
                    bool only_strange = false);

/// Removes everything below `root` for which `keep` is false. Calls `keep` with
/// each path and whether it is a folder, and also for the contents of a kept
/// folder.
void remove_unless(
    int root, const std::filesystem::path& name,
    const std::function<bool(const std::string& path, bool folder)>& keep);

}  // namespace rung::files
