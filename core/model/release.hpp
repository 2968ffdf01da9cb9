#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// A commit, by full 40-hex id: its own type, so no env value passes for one.
/// Empty means "no history": the files of the source folder as they are.
struct CommitId {
  std::string hex;
  friend auto operator<=>(const CommitId&, const CommitId&) = default;
};

/// One deployable point: everything that determines how the service behaves.
/// Equal Releases generate byte-identical files. The maps are ordered because
/// reports, hashes and journals must not vary.
struct Release {
  CommitId commit;
  std::map<std::string, std::string> env;  ///< name -> value (may be secret)
  /// Package (normalised name) -> the text after the name in a requirement
  /// file, e.g. "==0.92.0", "[standard]>=1" or, for npm, "^4.18.0"; "" = any.
  std::map<std::string, std::string> requirements;
  /// Everything else. Keys used by rung itself:
  ///   "build", "start"       shell command lines; "" or absent = none
  ///   "runtime"              python | node | other
  ///   "requirements-file"    where requirements are written, relative to the
  ///                          deployed folder; absent = none is generated
  ///   "file:PATH"            how a generated file is made: FileRecipe::text().
  ///                          plans/generate/generate.hpp makes it from the
  ///                          rest of the release, so that no file hides a
  ///                          change of env in it
  ///   "folder"               without history: a digest of the deployed files
  ///   "platform:KEY"         a platform setting, e.g. "platform:health-path"
  std::map<std::string, std::string> config;
  friend bool operator==(const Release&, const Release&) = default;
};

inline constexpr const char* kFolderKey = "folder";

/// The key in Release::config of a generated file ...
std::string file_key(std::string_view path);
/// ... and the path of such a key; nullopt = it is another one.
std::optional<std::string_view> path_in_key(std::string_view key);

/// 64 hex digits: SHA-256 over a canonical form of the whole release. Equal
/// releases have equal ids. With a key it is an HMAC, so that nobody can use an
/// id on disk to find a short secret by trial and error.
std::string release_id(const Release& release, std::string_view key = {});

}  // namespace rung
