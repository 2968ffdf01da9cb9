#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/git_objects.hpp"

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

/// Converts stored content as the .gitattributes of one commit ask. Only they
/// decide: the user's own core.autocrlf, core.eol and filter drivers do not,
/// because a deployment must not depend on who makes it. Not thread-safe.
class Attributes {
 public:
  /// `repository` was opened with open_for_reading() and outlives this.
  Attributes(git_repository* repository, const git_oid& commit);

  /// `path` is relative to the repository. Throws CannotDeploy for what we do
  /// not do: a Git LFS pointer, a git-crypt file, another encoding.
  [[nodiscard]] std::string converted(const std::string& path,
                                      std::string_view content) const;
  /// The value of one attribute: "true", "false" (written "-name"), "" when
  /// nothing is said, else what stands after the "=".
  [[nodiscard]] std::string value(const std::string& path,
                                  const char* attribute) const;

 private:
  template <std::size_t N>
  [[nodiscard]] std::array<std::string, N> values(
      const std::string& path, const std::array<const char*, N>& names) const;

  git_repository* repository_;
  git_oid commit_;
  Index no_index_;
};

inline constexpr std::string_view kAttributesFile = ".gitattributes";
/// The first line of every Git LFS pointer file.
inline constexpr std::string_view kLfsPointer =
    "version https://git-lfs.github.com/spec/";

/// "PATH is a submodule; ...": the texts of refusals.
std::string submodule_refusal(std::string_view path);
std::string lfs_refusal(std::string_view path);

}  // namespace rung::git
