#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/git/objects.hpp"

namespace rung::git {

/// Whether the text of a .gitattributes file asks for anything that would
/// make a checkout differ from what is stored: eol=crlf, ident, a filter, a
/// working-tree-encoding. Most files do not, and then no attribute is looked
/// up at all.
bool asks_for_conversion(std::string_view gitattributes);

/// The same of every .gitattributes file among `files` (their new side).
bool asks_for_conversion(const Objects& objects,
                         const std::vector<FileChange>& files);
/// The .gitattributes files of the folders above `path`, as one text: equal
/// texts, equal attributes from there. REQUIRES: `path` is in the tree.
std::string attributes_above(const Objects& objects, const git_oid& root,
                             std::string_view path);

/// What a file does not get that .gitattributes ask for.
enum class Lacks {
  lfs,        ///< the file: there is a pointer to it
  encrypted,  ///< the key of git-crypt
  filter,     ///< a filter, which is a program of the user's
  encoding,   ///< a working-tree-encoding nobody here knows
};

struct Converted {
  std::string content;
  std::optional<Lacks> lacks;
  bool fetched = false;  ///< depends on what the LFS store holds
};

/// Converts stored content as the .gitattributes of one commit ask. Only they
/// decide: the user's own core.autocrlf, core.eol and filter drivers do not,
/// because a deployment must not depend on who makes it. Not thread-safe.
class Attributes {
 public:
  /// `repository` was opened with open_for_reading() and outlives this.
  Attributes(git_repository* repository, const git_oid& commit);

  /// `path` is relative to the repository. What cannot be done is left as it
  /// is stored.
  [[nodiscard]] Converted converted(const std::string& path,
                                    std::string_view content) const;
  /// What converted() would find lacking. Content is read only where that
  /// decides.
  using ReadContent = std::function<std::string()>;
  [[nodiscard]] std::optional<Lacks> lacks(const std::string& path,
                                           std::size_t size,
                                           const ReadContent& read) const;

 private:
  template <std::size_t N>
  [[nodiscard]] std::array<std::string, N> values(
      const std::string& path, const std::array<const char*, N>& names) const;

  git_repository* repository_;
  git_oid commit_;
  std::filesystem::path lfs_;
  Index no_index_;
};

inline constexpr std::string_view kAttributesFile = ".gitattributes";
/// Whether a path ends in that name.
bool is_attributes_file(std::string_view path);

}  // namespace rung::git
