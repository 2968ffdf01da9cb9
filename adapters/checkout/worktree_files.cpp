#include "adapters/checkout/worktree_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"

namespace rung::files {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

/// A trial may have taken our own rights away; the folder is ours.
bool take_back(int folder) {
  return fchmod(folder, 0700) == 0;
}

/// -1 and errno when it is absent or no folder.
int open_folder(int parent, const char* name) {
  int fd = openat(parent, name, kFolder);
  if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0) {
    fd = openat(parent, name, kFolder);
  }
  return fd;
}

/// Name -> whether it is a folder; nullopt and errno on failure.
std::optional<std::vector<std::pair<std::string, bool>>> names_in(int folder) {
  const int copy = openat(folder, ".", kFolder);
  if (copy < 0) return std::nullopt;
  const std::unique_ptr<DIR, CloseDir> dir(fdopendir(copy));
  if (!dir) return std::nullopt;
  std::vector<std::pair<std::string, bool>> names;
  while (const dirent* entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool is_folder = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat found {};
      is_folder =
          fstatat(folder, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
          S_ISDIR(found.st_mode);
    }
    names.emplace_back(name, is_folder);
  }
  return names;
}

/// Removes `name` below `parent`, whatever it is; false and errno on failure.
bool remove_all(int parent, const std::string& name) {
  if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return true;
  if (errno == EACCES && take_back(parent) &&
      unlinkat(parent, name.c_str(), 0) == 0) {
    return true;
  }
  if (errno != EISDIR && errno != EPERM) return false;
  {
    const FileDescriptor folder(open_folder(parent, name.c_str()));
    if (!folder) return false;
    const auto names = names_in(folder.get());
    if (!names) return false;
    for (const auto& [below, is_folder] : *names) {
      if (!remove_all(folder.get(), below)) return false;
    }
  }
  return unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
}

/// Creates the file or link; nullopt and errno on failure.
std::optional<struct stat> create(int folder, const std::string& name,
                                  Kind kind, std::string_view content,
                                  const timespec* time) {
  struct stat made {};
  const std::array<timespec, 2> times{timespec{0, UTIME_OMIT},
                                      time != nullptr ? *time : timespec{}};
  if (kind == Kind::link) {
    const std::string target(content);
    if (symlinkat(target.c_str(), folder, name.c_str()) != 0 ||
        (time != nullptr && utimensat(folder, name.c_str(), times.data(),
                                      AT_SYMLINK_NOFOLLOW) != 0) ||
        fstatat(folder, name.c_str(), &made, AT_SYMLINK_NOFOLLOW) != 0) {
      return std::nullopt;
    }
    return made;
  }
  const mode_t mode = kind == Kind::executable ? 0777 : 0666;
  const FileDescriptor file(
      openat(folder, name.c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file || !write_all(file.get(), content) ||
      (time != nullptr && futimens(file.get(), times.data()) != 0) ||
      fstat(file.get(), &made) != 0) {
    return std::nullopt;
  }
  return made;
}

}  // namespace

void fail(int error, std::string_view doing,
          const std::filesystem::path& path) {
  std::string_view hint;
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      hint = "; free some space and run the same command again";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      hint = "; check who owns the folder and its permissions";
      break;
    case EMFILE:
    case ENFILE:
      hint = "; raise the limit of open files (ulimit -n)";
      break;
    default:
      break;
  }
  throw PlatformError(fmt::format("cannot {} {}: {}{}", doing, path.string(),
                                  std::generic_category().message(error),
                                  hint));
}

Stamp stamp_of(const struct stat& status) {
  const auto ns = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {ns(status.st_mtim), ns(status.st_ctim), status.st_ino,
          status.st_size};
}

std::optional<Kind> kind_of(const struct stat& status) {
  if (S_ISLNK(status.st_mode)) return Kind::link;
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return (status.st_mode & S_IXUSR) != 0 ? Kind::executable : Kind::plain;
}

int Cursor::open_below(int parent, const std::string& name,
                       std::string_view path) {
  for (int attempt = 0;; ++attempt) {
    const int fd = open_folder(parent, name.c_str());
    if (fd >= 0) return fd;
    const bool absent = errno == ENOENT;
    const bool in_the_way = errno == ENOTDIR || errno == ELOOP;
    if (missing_ == Missing::skip && (absent || in_the_way)) return -1;
    if ((!absent && !in_the_way) || attempt == 3) {
      fail(errno, "open", name_ / path);
    }
    // Two threads may make the same folder: losing that race is fine.
    if (in_the_way) unlinkat(parent, name.c_str(), 0);
    if (mkdirat(parent, name.c_str(), 0777) != 0 && errno != EEXIST &&
        !(errno == EACCES && take_back(parent))) {
      fail(errno, "make folder", name_ / path);
    }
  }
}

int Cursor::folder_of(std::string_view path) {
  const std::string_view folder =
      path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
  while (!levels_.empty()) {
    const std::string& at = levels_.back().path;
    if (folder == at || (folder.starts_with(at) && folder[at.size()] == '/')) {
      break;
    }
    levels_.pop_back();
  }
  while (true) {
    const std::size_t done = levels_.empty() ? 0 : levels_.back().path.size();
    const int parent = levels_.empty() ? root_ : levels_.back().folder.get();
    if (done == folder.size()) return parent;
    const std::size_t begin = levels_.empty() ? 0 : done + 1;
    const std::size_t end = std::min(folder.find('/', begin), folder.size());
    const std::string_view below = folder.substr(0, end);
    FileDescriptor next(
        open_below(parent, std::string(below.substr(begin)), below));
    if (!next) return -1;
    levels_.push_back({std::string(below), std::move(next)});
  }
}

std::string Cursor::name_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

Stamp write(Cursor& cursor, const std::string& path, Kind kind,
            std::string_view content, const timespec* time) {
  const int folder = cursor.folder_of(path);
  const std::string name = Cursor::name_of(path);
  auto made = create(folder, name, kind, content, time);
  if (!made && errno == EACCES && take_back(folder)) {
    made = create(folder, name, kind, content, time);
  }
  if (!made && errno == EEXIST) {
    // Never written in place: the old file may be linked, or open, elsewhere.
    if (!remove_all(folder, name)) fail(errno, "replace", cursor.name() / path);
    made = create(folder, name, kind, content, time);
  }
  if (!made) fail(errno, "write", cursor.name() / path);
  return stamp_of(*made);
}

void remove(Cursor& cursor, const std::string& path) {
  const int folder = cursor.folder_of(path);
  if (folder >= 0 && !remove_all(folder, Cursor::name_of(path))) {
    fail(errno, "remove", cursor.name() / path);
  }
}

void remove_if_empty(Cursor& cursor, const std::string& path) {
  const int folder = cursor.folder_of(path);
  if (folder >= 0) {
    unlinkat(folder, Cursor::name_of(path).c_str(), AT_REMOVEDIR);
  }
}

std::optional<struct stat> status(Cursor& cursor, const std::string& path) {
  const int folder = cursor.folder_of(path);
  struct stat found {};
  if (folder < 0 || fstatat(folder, Cursor::name_of(path).c_str(), &found,
                            AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  return found;
}

std::string read(Cursor& cursor, const std::string& path, Kind kind) {
  const int folder = cursor.folder_of(path);
  const std::string name = Cursor::name_of(path);
  std::string content;
  if (kind == Kind::link) {
    content.resize(PATH_MAX);
    const ssize_t n =
        readlinkat(folder, name.c_str(), content.data(), content.size());
    if (n < 0) fail(errno, "read", cursor.name() / path);
    content.resize(static_cast<std::size_t>(n));
    return content;
  }
  const FileDescriptor file(
      openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) fail(errno, "read", cursor.name() / path);
  for (std::size_t size = 0;;) {
    content.resize(size + 65536);
    const ssize_t n = ::read(file.get(), content.data() + size, 65536);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno, "read", cursor.name() / path);
    size += static_cast<std::size_t>(n);
    content.resize(size);
    if (n == 0) return content;
  }
}

namespace {

void clean(int folder, const std::string& prefix,
           const std::filesystem::path& name,
           const std::function<bool(const std::string&, bool)>& keep) {
  const auto names = names_in(folder);
  if (!names) fail(errno, "list", name / prefix);
  for (const auto& [below, is_folder] : *names) {
    const std::string path = prefix + below;
    if (!keep(path, is_folder)) {
      if (!remove_all(folder, below)) fail(errno, "remove", name / path);
    } else if (is_folder) {
      const FileDescriptor next(open_folder(folder, below.c_str()));
      if (!next) fail(errno, "open", name / path);
      clean(next.get(), path + '/', name, keep);
    }
  }
}

void look_below(int folder, const std::string& prefix, std::time_t now,
                const std::function<bool(const std::string&)>& is_known,
                bool only_strange, Newest& newest) {
  const auto names = names_in(folder);
  if (!names) return;
  for (const auto& [below, is_folder] : *names) {
    if (prefix.empty() && below == ".git") continue;
    const std::string path = prefix + below;
    if (is_folder) {
      const FileDescriptor next(open_folder(folder, below.c_str()));
      if (next) {
        look_below(next.get(), path + '/', now, is_known, only_strange, newest);
      }
      continue;
    }
    const bool known = is_known(path);
    if (known && only_strange) continue;
    struct stat found {};
    if (fstatat(folder, below.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(found.st_mode)) {
      continue;
    }
    std::time_t& among = known ? newest.known : newest.strange;
    const std::time_t modified = found.st_mtim.tv_sec;
    among = std::max<std::time_t>({among, 1, modified <= now ? modified : 1});
  }
}

}  // namespace

Newest newest_below(int root, std::time_t now,
                    const std::function<bool(const std::string&)>& is_known,
                    bool only_strange) {
  Newest newest;
  look_below(root, "", now, is_known, only_strange, newest);
  return newest;
}

void remove_unless(int root, const std::filesystem::path& name,
                   const std::function<bool(const std::string&, bool)>& keep) {
  clean(root, "", name, keep);
}

}  // namespace rung::files
