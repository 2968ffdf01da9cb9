#include "adapters/process/written_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/file_text.hpp"
#include "core/text/hex.hpp"

namespace rung {
namespace {

constexpr std::string_view kDraftEnd = ".new";
constexpr std::size_t kDraftBytes = 4;  ///< of its random name

/// A new file beside another, removed with this object unless it got that
/// one's name. errno stays that of the call that failed.
class Draft {
 public:
  Draft(const std::string& file, mode_t mode) {
    do {
      char random[kDraftBytes];
      if (::getrandom(random, sizeof random, 0) != sizeof random) {
        name_.clear();  // it may be another's
        return;
      }
      name_ =
          fmt::format("{}.{}{}", file, hex({random, sizeof random}), kDraftEnd);
      // O_EXCL: never another's file, and never through a link.
      handle_.reset(
          ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    } while (!handle_ && errno == EEXIST);
    if (!handle_) name_.clear();
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    const int error = errno;
    if (!name_.empty()) ::unlink(name_.c_str());
    errno = error;
  }

  [[nodiscard]] int handle() const { return handle_.get(); }
  bool write(std::string_view bytes) {
    return handle_ && write_all(handle_.get(), bytes) &&
           ::fsync(handle_.get()) == 0;
  }
  bool take_place_of(const std::string& file) {
    if (::rename(name_.c_str(), file.c_str()) != 0) return false;
    name_.clear();
    return true;
  }
  /// The same unless the name is taken.
  bool take_free_name(const std::string& file) {
    if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, file.c_str(),
                    RENAME_NOREPLACE) == 0) {
      name_.clear();
      return true;
    }
    // Some file systems (NFS, older FUSE) lack the flag; link() refuses, too.
    return (errno == EINVAL || errno == ENOSYS) &&
           ::link(name_.c_str(), file.c_str()) == 0;
  }

 private:
  std::string name_;
  FileDescriptor handle_;
};

/// A name is on disk once its folder is. Not all file systems do that, and the
/// file is in its place by then: so nothing is told of a failure.
void sync_folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  const FileDescriptor handle(::open(folder.empty() ? "." : folder.c_str(),
                                     O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle) ::fsync(handle.get());
}

/// Attributes beside owner and mode that a new file would not have. The
/// system gives those of "security" and "trusted" itself.
std::string attribute_of(const std::filesystem::path& file) {
  std::string names(1 << 16, '\0');
  const auto size = ::listxattr(file.c_str(), names.data(), names.size());
  if (size <= 0) return "";
  names.resize(static_cast<std::size_t>(size));
  for (std::size_t at = 0; at < names.size();) {
    const std::string name = names.c_str() + at;
    if (name.starts_with("user.") || name.starts_with("system.")) return name;
    at += name.size() + 1;
  }
  return "";
}

bool same_owner(const struct stat& one, const struct stat& other) {
  return one.st_uid == other.st_uid && one.st_gid == other.st_gid;
}

bool give_owner_and_mode(int handle, const struct stat& like) {
  struct stat draft {};
  if (::fstat(handle, &draft) != 0) return false;
  // The mode last: a new owner takes the set-user-ID bit away.
  return (same_owner(draft, like) ||
          ::fchown(handle, like.st_uid, like.st_gid) == 0) &&
         ::fchmod(handle, like.st_mode & 07777) == 0;
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
  Draft draft(file.string(), mode);
  if (!draft.write(bytes) || !draft.take_place_of(file.string())) return false;
  sync_folder_of(file);
  return true;
}

bool create_file(const std::filesystem::path& file, std::string_view bytes,
                 mode_t mode) {
  struct stat there {};
  if (::lstat(file.c_str(), &there) == 0) {
    errno = EEXIST;
    return false;
  }
  Draft draft(file.string(), mode);
  if (!draft.write(bytes) || !draft.take_free_name(file.string())) return false;
  sync_folder_of(file);
  return true;
}

std::string obstacle_to_editing(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return std::strerror(errno);
  if (!S_ISREG(facts.st_mode)) return "it is not a file with text";
  // access() alone: root may write everything.
  if ((facts.st_mode & 0222) == 0 || ::access(file.c_str(), W_OK) != 0) {
    return "it is write-protected";
  }
  const auto folder = file.parent_path();
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) {
    return "its folder is write-protected";
  }
  if (facts.st_nlink > 1) {
    return "it has other names (hard links) that would keep the old text";
  }
  if (const std::string name = attribute_of(file); !name.empty()) {
    return fmt::format("it has {}, which a new file would not have",
                       name.starts_with("system.posix_acl")
                           ? "an access list"
                           : "the attribute " + name);
  }
  return "";
}

std::string edit_file(const std::filesystem::path& file,
                      std::string_view before, std::string_view after) {
  std::string why = obstacle_to_editing(file);
  if (!why.empty()) return why;
  struct stat facts {};
  Draft draft(file.string(), 0600);
  if (::stat(file.c_str(), &facts) != 0 || !draft.write(after)) {
    return std::strerror(errno);
  }
  if (!give_owner_and_mode(draft.handle(), facts)) {
    return fmt::format("its owner and mode cannot be kept: {}",
                       std::strerror(errno));
  }
  if (file_text(file) != before) return "it has changed in the meantime";
  if (!draft.take_place_of(file.string())) return std::strerror(errno);
  sync_folder_of(file);
  return "";
}

std::vector<std::filesystem::path> drafts_of(
    const std::filesystem::path& file) {
  const std::string begin = file.filename().string() + ".";
  const auto folder = file.parent_path();
  std::vector<std::filesystem::path> drafts;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(
           folder.empty() ? "." : folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() == begin.size() + 2 * kDraftBytes + kDraftEnd.size() &&
        name.starts_with(begin) && name.ends_with(kDraftEnd) &&
        is_hex(std::string_view(name).substr(begin.size(), 2 * kDraftBytes))) {
      drafts.push_back(entry.path());
    }
  }
  return drafts;
}

bool rewrite_file(const std::filesystem::path& file, std::string_view bytes) {
  struct stat there {};
  const bool replaces = ::stat(file.c_str(), &there) == 0;
  // A short name, so that it fits wherever the file's own name does.
  Draft draft((file.parent_path() / ".rung").string(), 0666);
  if (!draft.write(bytes) ||
      (replaces && ::fchmod(draft.handle(), there.st_mode & 07777) != 0) ||
      !draft.take_place_of(file.string())) {
    return false;
  }
  sync_folder_of(file);
  return true;
}

}  // namespace rung
