#include "adapters/process/written_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "adapters/process/file_descriptor.hpp"

namespace rung {
namespace {

/// Removes the draft of what could not be written; errno stays.
bool given_up(const std::string& draft) {
  const int error = errno;
  ::unlink(draft.c_str());
  errno = error;
  return false;
}

bool write_draft(const std::string& draft, int how, std::string_view bytes,
                 mode_t mode) {
  const FileDescriptor handle(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, mode));
  return handle && write_all(handle.get(), bytes) && ::fsync(handle.get()) == 0;
}

/// A name is on disk once its folder is.
bool sync_folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  const FileDescriptor handle(::open(folder.empty() ? "." : folder.c_str(),
                                     O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return handle && ::fsync(handle.get()) == 0;
}

/// Gives the draft its name unless that is taken.
bool name_once(const std::string& draft, const std::string& file) {
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, file.c_str(),
                  RENAME_NOREPLACE) == 0) {
    return true;
  }
  // Some file systems (NFS, older FUSE) lack the flag; link() refuses, too.
  if ((errno != EINVAL && errno != ENOSYS) ||
      ::link(draft.c_str(), file.c_str()) != 0) {
    return false;
  }
  ::unlink(draft.c_str());
  return true;
}

}  // namespace

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool replace_file(const std::filesystem::path& file, std::string_view bytes,
                  mode_t mode) {
  const std::string draft = file.string() + ".new";
  if (!write_draft(draft, O_TRUNC, bytes, mode) ||
      ::rename(draft.c_str(), file.c_str()) != 0) {
    return given_up(draft);
  }
  return sync_folder_of(file);
}

bool create_file(const std::filesystem::path& file, std::string_view bytes,
                 mode_t mode) {
  struct stat there {};
  if (::lstat(file.c_str(), &there) == 0) {
    errno = EEXIST;
    return false;
  }
  const std::string draft = fmt::format("{}.{}.new", file.string(), ::getpid());
  if (!write_draft(draft, O_EXCL, bytes, mode) ||
      !name_once(draft, file.string())) {
    return given_up(draft);
  }
  return sync_folder_of(file);
}

}  // namespace rung
