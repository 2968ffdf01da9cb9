#include "adapters/checkout/untracked_copies.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "adapters/git/untracked_files.hpp"
#include "core/base/error.hpp"
#include "core/text/printable.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

constexpr std::uint64_t kMostBytes = 256ULL << 20;
constexpr std::size_t kMostFiles = 20'000;

/// Files and links at or below `path`; false when they are too many.
bool collect(const fs::path& root, const std::string& path,
             std::uint64_t& bytes, std::vector<std::string>& files) {
  std::error_code error;
  const fs::path start = root / path;
  const auto take = [&](const fs::path& file) {
    const auto status = fs::symlink_status(file, error);
    if (!fs::is_regular_file(status) && !fs::is_symlink(status)) return true;
    if (fs::is_regular_file(status)) bytes += fs::file_size(file, error);
    files.push_back(file.lexically_relative(root).string());
    return bytes <= kMostBytes && files.size() <= kMostFiles;
  };
  if (!fs::is_directory(fs::symlink_status(start, error))) return take(start);
  auto it = fs::recursive_directory_iterator(
      start, fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    if (!take(it->path())) return false;
  }
  return true;
}

}  // namespace

UntrackedCopies::UntrackedCopies(fs::path root) : root_(std::move(root)) {
  std::uint64_t bytes = 0;
  for (const std::string& path : untracked_files(root_)) {
    const std::size_t had = files_.size();
    const std::uint64_t before = bytes;
    if (collect(root_, path, bytes, files_)) continue;
    files_.resize(had);
    bytes = before;
    left_out_.push_back(path);
  }
}

std::string UntrackedCopies::note() const {
  if (left_out_.empty()) return "";
  constexpr std::size_t kNamed = 3;
  const std::size_t count = left_out_.size();
  std::string names;
  for (std::size_t i = 0; i < std::min(count, kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + printable(left_out_[i], true);
  }
  return fmt::format(
      "{}{} {} untracked and too large to be copied into a checkout (256 MiB, "
      "20,000 files in all): left out; --command finds {} in {}",
      names, count > kNamed ? fmt::format(" and {} more", count - kNamed) : "",
      count == 1 ? "is" : "are", count == 1 ? "it" : "them", root_.string());
}

UntrackedCopies::Stamp UntrackedCopies::stamp(const fs::path& file) {
  struct stat facts {};
  if (lstat(file.c_str(), &facts) != 0) return {};
  return {facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec,
          facts.st_ctim.tv_sec * 1'000'000'000 + facts.st_ctim.tv_nsec,
          static_cast<std::uint64_t>(facts.st_size), facts.st_ino};
}

void UntrackedCopies::put_file(const std::string& path,
                               const fs::path& checkout) {
  const fs::path to = checkout / path;
  const auto known = copied_.find(path);
  std::error_code error;
  if (known != copied_.end()) {
    if (stamp(to) == known->second) return;
    fs::remove_all(to, error);
  } else if (fs::exists(fs::symlink_status(to, error))) {
    return;  // the commit has a file of that name
  }
  fs::create_directories(to.parent_path(), error);
  const fs::path from = root_ / path;
  if (fs::is_symlink(from, error)) {
    fs::copy_symlink(from, to, error);
  } else {
    fs::copy_file(from, to, error);
  }
  if (error == std::errc::no_such_file_or_directory) return;  // gone meanwhile
  if (error == std::errc::permission_denied) return;  // nor can the user
  if (error) {
    throw PlatformError(fmt::format("copying {} to {}: {}", from.string(),
                                    to.string(), error.message()));
  }
  copied_[path] = stamp(to);
}

void UntrackedCopies::put_into(const fs::path& checkout) {
  for (const std::string& path : files_) put_file(path, checkout);
}

}  // namespace rung
