#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace rung {

/// The state of a folder at one moment, by size and times, not by content. It
/// shows what a trial changed, so that no trial sees what an earlier one left.
class FolderSnapshot {
 public:
  /// Reads the folder without its `.git`; does not follow symlinks. Throws
  /// PlatformError.
  static FolderSnapshot of(const std::filesystem::path& folder);
  /// Removes files that were not in the snapshot. True if everything else is
  /// unchanged; false if something was changed or is gone (the caller then
  /// makes the folder again).
  [[nodiscard]] bool restore(const std::filesystem::path& folder) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Size of all files together.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Entry {
    std::uint32_t mode = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0, modified_ns = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  static std::map<std::string, Entry> read(const std::filesystem::path& folder);
  std::map<std::string, Entry> entries_;  ///< path below the folder -> facts
};

}  // namespace rung
