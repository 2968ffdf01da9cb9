#include "adapters/results/report_files.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <span>

#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

using Parts = std::span<const std::string>;

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : fs::path(path)) {
    if (part != "." && !part.empty()) parts.push_back(part.string());
  }
  return parts;
}

bool matches(Parts pattern, Parts path) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == "**") {
    for (std::size_t skip = 0; skip <= path.size(); ++skip) {
      if (matches(pattern.subspan(1), path.subspan(skip))) return true;
    }
    return false;
  }
  return !path.empty() &&
         fnmatch(pattern.front().c_str(), path.front().c_str(), 0) == 0 &&
         matches(pattern.subspan(1), path.subspan(1));
}

}  // namespace

bool path_matches(const std::string& pattern, const std::string& path) {
  return matches(split(pattern), split(path));
}

std::vector<std::string> matching_files(
    const fs::path& folder, const std::vector<std::string>& patterns) {
  std::vector<std::vector<std::string>> split_patterns;
  for (const std::string& pattern : patterns) {
    split_patterns.push_back(split(pattern));
  }
  std::vector<std::string> files;
  std::error_code error;
  auto at = fs::recursive_directory_iterator(
      folder, fs::directory_options::skip_permission_denied, error);
  const auto check = [&] {
    if (error) {
      throw PlatformError(
          fmt::format("listing {}: {}", folder.string(), error.message()));
    }
  };
  check();
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    check();
    if (at->path().filename() == ".git") {
      at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file(error) || at->is_symlink(error)) continue;
    const std::string path = at->path().lexically_relative(folder).string();
    const auto parts = split(path);
    if (std::any_of(split_patterns.begin(), split_patterns.end(),
                    [&](const auto& one) { return matches(one, parts); })) {
      files.push_back(path);
    }
  }
  check();
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace rung
