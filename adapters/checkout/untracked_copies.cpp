#include "adapters/checkout/untracked_copies.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

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

fs::path list_of(const fs::path& checkout) {
  return checkout.string() + ".copies";
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

std::vector<std::int64_t> UntrackedCopies::numbers_of(const Copy& copy) {
  std::vector<std::int64_t> numbers;
  for (const Stamp& stamp : {copy.from, copy.to}) {
    numbers.insert(numbers.end(), {stamp.modified, stamp.changed,
                                   static_cast<std::int64_t>(stamp.size),
                                   static_cast<std::int64_t>(stamp.inode)});
  }
  return numbers;
}

UntrackedCopies::Copy UntrackedCopies::copy_from(
    const nlohmann::json& numbers) {
  std::array<std::int64_t, 8> all{};
  if (!numbers.is_array() || numbers.size() != all.size()) return {};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (numbers[i].is_number_integer()) all[i] = numbers[i];
  }
  const auto stamp = [&](std::size_t at) {
    return Stamp{all[at], all[at + 1], static_cast<std::uint64_t>(all[at + 2]),
                 static_cast<std::uint64_t>(all[at + 3])};
  };
  return {stamp(0), stamp(4)};
}

void UntrackedCopies::remember_earlier(
    const fs::path& checkout,
    const std::function<bool(const std::string&)>& is_committed) {
  std::ifstream in(list_of(checkout), std::ios::binary);
  const auto earlier = nlohmann::json::parse(in, nullptr, false);
  if (!earlier.is_object()) return;
  std::error_code error;
  for (const auto& [path, stamps] : earlier.items()) {
    const Copy copy = copy_from(stamps);
    if (holds(path) && stamp(root_ / path) == copy.from) {
      copied_[path] = copy;
    } else if (!is_committed(path)) {
      fs::remove_all(checkout / path, error);
    }
  }
}

void UntrackedCopies::keep_in_mind(const fs::path& checkout) const {
  nlohmann::json all = nlohmann::json::object();
  for (const std::string& path : files_) {
    // Not copied yet: should rung die now, it is known whose file that is.
    const auto copy = copied_.find(path);
    all[path] = numbers_of(copy == copied_.end() ? Copy() : copy->second);
  }
  std::ofstream(list_of(checkout), std::ios::binary | std::ios::trunc)
      << all.dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
}

void UntrackedCopies::put_file(const std::string& path,
                               const fs::path& checkout) {
  const fs::path to = checkout / path;
  const auto known = copied_.find(path);
  if (known != copied_.end() && stamp(to) == known->second.to) return;
  std::error_code error;
  fs::remove_all(to, error);
  fs::create_directories(to.parent_path(), error);
  const fs::path from = root_ / path;
  const Stamp source = stamp(from);
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
  copied_[path] = {source, stamp(to)};
}

bool UntrackedCopies::holds(const std::string& path) const {
  return std::find(files_.begin(), files_.end(), path) != files_.end();
}

void UntrackedCopies::put_into(
    const fs::path& checkout,
    const std::function<bool(const std::string&)>& is_committed) {
  const bool first = !std::exchange(begun_, true);
  if (first) {
    remember_earlier(checkout, is_committed);
    keep_in_mind(checkout);
  }
  for (const std::string& path : files_) {
    if (is_committed(path)) {
      copied_.erase(path);
    } else {
      put_file(path, checkout);
    }
  }
  if (first) keep_in_mind(checkout);
}

}  // namespace rung
