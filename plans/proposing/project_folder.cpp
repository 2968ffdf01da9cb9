#include "plans/proposing/project_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/variables/made_files.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxEntries = 50'000;
constexpr std::uintmax_t kMaxFile = 1 << 20;

bool is_made(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  if (is_record_folder(name) || is_made_folder(name)) return true;
  std::error_code error;
  return std::filesystem::exists(folder / "pyvenv.cfg", error) ||
         std::filesystem::exists(folder / "CACHEDIR.TAG", error);
}

}  // namespace

ProjectFolder::ProjectFolder(std::filesystem::path top,
                             const std::filesystem::path& folder)
    : top_(std::move(top)) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    throw PlanError(
        fmt::format("{}: there is no such folder", folder.string()));
  }
  const std::filesystem::directory_iterator readable(folder, error);
  if (error) {
    throw PlanError(fmt::format("{}: the folder cannot be read: {}",
                                folder.string(), error.message()));
  }
  const auto prefix_of = [this](const std::filesystem::path& at) {
    const std::string inner = at.lexically_relative(top_).generic_string();
    return inner.empty() || inner == "." ? std::string() : inner + '/';
  };
  walk(folder, prefix_of(folder), 0, kMaxDepth);
  for (auto at = folder; at != top_ && at.has_relative_path();) {
    at = at.parent_path();
    walk(at, prefix_of(at), 0, 0);
  }
  std::sort(paths_.begin(), paths_.end());
}

void ProjectFolder::walk(const std::filesystem::path& folder,
                         const std::string& prefix, int depth,
                         int deepest) {
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error), end;
  std::vector<std::filesystem::path> folders;
  for (; !error && at != end; at.increment(error)) {
    if (++seen_ > kMaxEntries) {
      cut_short_ = true;
      return;
    }
    std::error_code unknown;
    const auto status = at->symlink_status(unknown);
    if (unknown) continue;
    if (std::filesystem::is_regular_file(status)) {
      paths_.push_back(prefix + at->path().filename().string());
    } else if (deepest > 0 && std::filesystem::is_directory(status)) {
      folders.push_back(at->path());
    }
  }
  // Near ones first, and always the same ones where the limit cuts.
  std::sort(folders.begin(), folders.end());
  for (const auto& inner : folders) {
    if (is_made(inner)) continue;
    if (depth == deepest) {
      cut_short_ = true;
      return;
    }
    walk(inner, prefix + inner.filename().string() + '/', depth + 1, deepest);
  }
}

std::optional<std::string> ProjectFolder::content(
    const std::string& path) const {
  const auto file = top_ / path;
  std::error_code error;
  const auto status = std::filesystem::symlink_status(file, error);
  if (error || !std::filesystem::is_regular_file(status) ||
      std::filesystem::file_size(file, error) > kMaxFile || error) {
    return {};
  }
  try {
    return read_text_file(file, kMaxFile);
  } catch (const PlanError&) {
    return {};  // no permission, or it is gone: as if it were not there
  }
}

std::filesystem::path project_top(const std::filesystem::path& folder) {
  std::error_code error;
  for (auto at = folder; at.has_relative_path(); at = at.parent_path()) {
    if (std::filesystem::exists(at / ".git", error)) return at;
  }
  return folder;
}

}  // namespace rung
