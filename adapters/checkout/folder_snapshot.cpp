#include "adapters/checkout/folder_snapshot.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {

std::map<std::string, FolderSnapshot::Entry> FolderSnapshot::read(
    const fs::path& folder) {
  std::map<std::string, Entry> entries;
  std::error_code error;
  auto it = fs::recursive_directory_iterator(folder, error);
  for (; !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    if (it.depth() == 0 && it->path().filename() == ".git") {
      it.disable_recursion_pending();
      continue;
    }
    struct stat facts {};
    if (lstat(it->path().c_str(), &facts) != 0) continue;  // gone meanwhile
    Entry entry;
    entry.mode = facts.st_mode;
    entry.inode = facts.st_ino;
    // A folder's own size and time change with what comes and goes in it.
    if (!S_ISDIR(facts.st_mode)) {
      entry.size = facts.st_size;
      entry.modified_ns =
          facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec;
    }
    entries.emplace(it->path().lexically_relative(folder).string(), entry);
  }
  if (error) {
    throw PlatformError(fmt::format("reading {}: {}", folder.string(),
                                    error.message()));
  }
  return entries;
}

FolderSnapshot FolderSnapshot::of(const fs::path& folder) {
  FolderSnapshot snapshot;
  snapshot.entries_ = read(folder);
  return snapshot;
}

std::uint64_t FolderSnapshot::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [path, entry] : entries_) {
    sum += static_cast<std::uint64_t>(entry.size);
  }
  return sum;
}

bool FolderSnapshot::restore(const fs::path& folder) const {
  const auto now = read(folder);
  bool same = true;
  for (const auto& [path, entry] : now) {
    const auto before = entries_.find(path);
    if (before == entries_.end()) {
      std::error_code error;
      fs::remove_all(folder / path, error);  // also takes what lies below it
      same = same && !error;
    } else if (before->second != entry) {
      same = false;
    }
  }
  for (const auto& [path, unused] : entries_) {
    if (now.find(path) == now.end()) return false;
  }
  return same;
}

}  // namespace rung
