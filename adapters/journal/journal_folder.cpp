#include "adapters/journal/journal_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "adapters/journal/seal.hpp"
#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& problem,
                       const std::string& what_to_try) {
  throw JournalError("journal " + path.string() + ": " + problem + " (" +
                     what_to_try + ")");
}

[[noreturn]] void fail_errno(const fs::path& path, const char* doing) {
  const int error = errno;
  const std::string problem =
      std::string("cannot ") + doing + ": " + std::strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      fail(path, problem, "free some space and run the same command again");
    case ENOENT:
      fail(path, problem, "make the folder it lies in first");
    default:
      fail(path, problem,
           "make " + path.parent_path().string() + " writable for this user");
  }
}

class File {
 public:
  File(const fs::path& path, int flags)
      : path_(path),
        handle_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }

  [[nodiscard]] bool is_open() const { return handle_ >= 0; }
  [[nodiscard]] int handle() const { return handle_; }
  [[nodiscard]] int release() { return std::exchange(handle_, -1); }

  void write(std::string_view text) {
    if (!write_all(handle_, text)) fail_errno(path_, "write it");
  }
  void sync() {
    if (::fsync(handle_) != 0) fail_errno(path_, "write it to the disk");
  }
  std::string read(std::size_t at_most) {
    std::string text(at_most, '\0');
    std::size_t size = 0;
    while (size < at_most) {
      const ssize_t count = ::read(handle_, text.data() + size, at_most - size);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_errno(path_, "read it");
      if (count == 0) break;
      size += static_cast<std::size_t>(count);
    }
    text.resize(size);
    return text;
  }

 private:
  fs::path path_;
  int handle_;
};

/// A name that was made is not on disk before its folder is.
void sync_folder(const fs::path& path) {
  File folder(path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) fail_errno(path, "open it");
  folder.sync();
}

/// Takes away what the group and others may do, if they may do anything.
void make_private(const fs::path& path, const struct stat& info) {
  if ((info.st_mode & 077) == 0) return;
  if (::chmod(path.c_str(), info.st_mode & 0700) != 0) {
    fail_errno(path, "keep others out of it");
  }
}

}  // namespace

FileLock::~FileLock() {
  ::close(file_);
}

JournalFolder::JournalFolder(const fs::path& dir) : path_(dir / ".rung") {
  const bool made = ::mkdir(path_.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) fail_errno(path_, "make it");
  struct stat info {};
  if (::lstat(path_.c_str(), &info) != 0) fail_errno(path_, "look at it");
  if (!S_ISDIR(info.st_mode)) {
    fail(path_, "it is not a folder", "move it away");
  }
  make_private(path_, info);
  // Only files that were not there are opened: closing a second handle of the
  // database would drop the locks SQLite holds in this process.
  File ignore(path_ / ".gitignore", O_WRONLY | O_CREAT | O_EXCL);
  if (ignore.is_open()) {
    ignore.write("*\n");
  } else if (errno != EEXIST) {
    fail_errno(path_ / ".gitignore", "make it");
  }
  if (made) sync_folder(dir);
}

fs::path JournalFolder::database() const {
  return path_ / "journal.db";
}
fs::path JournalFolder::key_file() const {
  return path_ / "key";
}

std::unique_ptr<FileLock> JournalFolder::lock_for_setup() const {
  File folder(path_, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) fail_errno(path_, "open it");
  while (::flock(folder.handle(), LOCK_EX) != 0) {
    if (errno != EINTR) fail_errno(path_, "lock it");
  }
  return std::make_unique<FileLock>(folder.release());
}

void JournalFolder::make_database() const {
  File file(database(), O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) {
    if (errno == EEXIST) return;
    fail_errno(database(), "make it");
  }
  sync_folder(path_);
}

std::optional<std::string> JournalFolder::read_key() const {
  File file(key_file(), O_RDONLY);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    fail_errno(key_file(), "open it");
  }
  struct stat info {};
  if (::fstat(file.handle(), &info) != 0) fail_errno(key_file(), "look at it");
  if (!S_ISREG(info.st_mode) || info.st_size != SealKey::kBytes) {
    fail(key_file(), "it is not a key that rung made",
         "put it back from a backup, or move .rung away to begin anew");
  }
  make_private(key_file(), info);
  return file.read(SealKey::kBytes);
}

std::string JournalFolder::make_key() const {
  const fs::path draft = path_ / "key.new";
  std::string key = random_bytes(SealKey::kBytes);
  ::unlink(draft.c_str());  // left by a rung that died in the lines below
  File file(draft, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) fail_errno(draft, "make it");
  file.write(key);
  file.sync();
  if (::rename(draft.c_str(), key_file().c_str()) != 0) {
    fail_errno(key_file(), "make it");
  }
  sync_folder(path_);
  return key;
}

std::unique_ptr<FileLock> JournalFolder::lock_for_run() const {
  const fs::path path = path_ / "lock";
  File file(path, O_RDWR | O_CREAT);
  if (!file.is_open()) fail_errno(path, "open it");
  if (::flock(file.handle(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail_errno(path, "lock it");
    // Empty for the moment between the other's flock and its write.
    const std::string pid = file.read(20);
    fail(path_,
         "another rung" + (pid.empty() ? "" : " (pid " + pid + ")") +
             " is at work on it",
         pid.empty() ? "wait until it has ended"
                     : "wait until it has ended, or stop it: kill " + pid);
  }
  if (::ftruncate(file.handle(), 0) != 0) fail_errno(path, "write it");
  file.write(std::to_string(::getpid()));
  return std::make_unique<FileLock>(file.release());
}

bool JournalFolder::is_locked_for_run() const {
  const File file(path_ / "lock", O_RDONLY);
  // Shared, so that two that look do not hinder each other.
  return file.is_open() && ::flock(file.handle(), LOCK_SH | LOCK_NB) != 0 &&
         errno == EWOULDBLOCK;
}

}  // namespace rung
