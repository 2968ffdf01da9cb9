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
  /// contents, links, which may be run. Leaves out `.rung`, sockets and
  /// devices. Throws AbortError for what it cannot read, Interrupted.
  [[nodiscard]] std::string digest() const;
};

/// Copies of a plain folder as it was, by its digest: a release stays the same
/// release when the user goes on editing. Keeps those used last and those that
/// are pinned. Not thread-safe; several processes may share the copies.
class FolderCopies {
 public:
  /// `trials`: see TrialPlace::folder.
  FolderCopies(PlainFolder source, const std::filesystem::path& trials);

  /// The digest of the files as they are now, with a copy of them kept. Files
  /// that change meanwhile (a log) are taken as they were read. Throws
  /// AbortError for what cannot be read or written.
  std::string take();
  /// The copy of this digest, not to be changed. Throws AbortError when it is
  /// not kept any more and the source has changed.
  std::filesystem::path at(const std::string& digest);
  /// Keeps this copy, and lets go of what had the same name before: what serves
  /// has to come back as it was.
  void pin(const std::string& name, const std::string& digest);
  /// Whether there is a copy of it.
  [[nodiscard]] bool has(const std::string& digest) const;
  /// The files that differ between two copies that at() has; none for others.
  [[nodiscard]] std::vector<std::string> changed(
      const std::string& before, const std::string& after) const;
  /// Makes `to` a folder like at(digest); what was there is removed.
  void copy(const std::string& digest, const std::filesystem::path& to);

 private:
  /// Removes what was used longest ago.
  void trim() const;

  PlainFolder source_;
  std::filesystem::path store_;
};

/// Throws AbortError: the files of a plain folder are not those of a release
/// any more.
[[noreturn]] void refuse_changed(const std::filesystem::path& folder);

}  // namespace rung
