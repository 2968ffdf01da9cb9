#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rung {

/// A folder without history, and what of it is no part of a release.
struct PlainFolder {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> apart;  ///< files, such as the plan

  /// 64 hex digits that stand for all its files as they are now: names,
  /// contents, links, which may be run. Leaves out `.rung`, sockets and devices.
  /// Throws AbortError for what it cannot read.
  [[nodiscard]] std::string digest() const;
};

/// Copies of a plain folder as it was, by its digest: a release stays the same
/// release when the user goes on editing. Keeps those used last. Not
/// thread-safe; copies of one `store` may be made by several processes.
class FolderCopies {
 public:
  FolderCopies(PlainFolder source, std::filesystem::path store);

  /// A folder with the files of this digest, not to be changed; copies the
  /// source when there is none yet. Throws AbortError when the source has changed
  /// since or cannot be copied.
  std::filesystem::path at(const std::string& digest);
  /// Throws the AbortError of at() for files that have changed.
  [[noreturn]] void refuse() const;
  /// Whether at() has it, or the source is still the same.
  [[nodiscard]] bool has(const std::string& digest) const;
  /// The files that differ between two copies that at() has; none for others.
  [[nodiscard]] std::vector<std::string> changed(
      const std::string& before, const std::string& after) const;
  /// Makes `to` a folder like at(digest); what was there is removed.
  void copy(const std::string& digest, const std::filesystem::path& to);

 private:
  PlainFolder source_;
  std::filesystem::path store_;
};

}  // namespace rung
