#include "adapters/checkout/locked_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>

#include "adapters/checkout/worktree_files.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// What stands in the way of folders from `top` down to `path` goes: a trial
/// may have put a link there that leads out.
void clear_the_way(const fs::path& top, const std::string& path) {
  fs::path at = top;
  const auto clear = [&at] {
    std::error_code error;
    const auto status = fs::symlink_status(at, error);
    if (fs::exists(status) && !fs::is_directory(status)) fs::remove(at, error);
  };
  clear();
  for (const fs::path& next : fs::path(path)) {
    at /= next;
    clear();
  }
}

}  // namespace

FileDescriptor open_locked(const fs::path& top, const std::string& path,
                           const fs::path& folder) {
  clear_the_way(top, path);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) files::fail(error.value(), "make folder", folder);
  FileDescriptor fd(
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) files::fail(errno, "open", folder);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    throw PlatformError(
        fmt::format("{} is in use by another rung; wait for it, or stop it",
                    folder.string()));
  }
  return fd;
}

}  // namespace rung
