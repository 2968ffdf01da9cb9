#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace rung {

/// What a folder held at one moment, by size and times, not by content: tells
/// what a trial changed, so that no trial sees what an earlier one left.
class FolderSnapshot {
 public:
  /// Reads the folder, without a `.git` in it; symlinks are not followed. Throws PlatformError.
  static FolderSnapshot of(const std::filesystem::path& folder);
  /// Removes what was not there at the snapshot. True when everything else is
  /// as it was; false when something was changed or is gone (the caller makes
  /// the folder anew).
  [[nodiscard]] bool restore(const std::filesystem::path& folder) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Of all files together.
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
