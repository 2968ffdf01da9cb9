#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Git LFS, read only: a commit holds a pointer, the file itself lies in a
/// store below the .git folder, if it was ever fetched.
namespace rung::git {

/// The first line of every Git LFS pointer file.
inline constexpr std::string_view kLfsPointer =
    "version https://git-lfs.github.com/spec/";
/// No pointer is longer. Source: git-lfs, docs/spec.md.
inline constexpr std::size_t kLongestLfsPointer = 1024;

struct LfsPointer {
  std::string oid;  ///< SHA-256 of the file, 64 hex
  std::uint64_t size = 0;
};
/// nullopt: the text is no pointer.
std::optional<LfsPointer> lfs_pointer(std::string_view text);

/// Where the repository with this .git folder keeps such files (lfs.storage).
std::filesystem::path lfs_store(const std::filesystem::path& git_dir);
/// Whether the store has a file of that name and size.
bool in_lfs_store(const std::filesystem::path& store,
                  const LfsPointer& pointer);
/// The file; nullopt when it is not in the store or is not what was asked for.
std::optional<std::string> read_lfs(const std::filesystem::path& store,
                                    const LfsPointer& pointer);

/// The folder that linked work trees share: objects and names are there.
std::filesystem::path common_dir(const std::filesystem::path& git_dir);

}  // namespace rung::git
