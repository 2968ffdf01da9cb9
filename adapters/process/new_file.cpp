#include "adapters/process/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "adapters/process/file_descriptor.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

[[noreturn]] void cannot_make(const std::filesystem::path& file, int error) {
  throw AbortError(fmt::format("{}: cannot be written: {}", file.string(),
                               std::strerror(error)));
}

/// 0, or why not.
int write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

/// Gives a file its name unless that is taken; 0, or why not.
int named_once(const std::string& draft, const std::string& file) {
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, file.c_str(),
                  RENAME_NOREPLACE) == 0) {
    return 0;
  }
  // Some file systems (NFS, older FUSE) lack the flag; link() refuses, too.
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::link(draft.c_str(), file.c_str()) == 0 ? 0 : errno;
}

}  // namespace

bool write_new_file(const std::filesystem::path& file, std::string_view text) {
  struct stat there {};
  if (::lstat(file.c_str(), &there) == 0) return false;
  // Beside the file, so that it can be given its name; 0666 less the umask.
  const std::string draft =
      fmt::format("{}.{}.new", file.string(), ::getpid());
  const FileDescriptor handle(::open(
      draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!handle) cannot_make(file, errno);
  int error = write_whole(handle.get(), text);
  if (error == 0) error = named_once(draft, file.string());
  ::unlink(draft.c_str());  // gone already if it was renamed
  if (error == EEXIST) return false;
  if (error != 0) cannot_make(file, error);
  return true;
}

}  // namespace rung
