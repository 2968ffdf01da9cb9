#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/git/objects.hpp"

/// Submodules, from the clones of them that the user has already: nothing is
/// ever fetched.
namespace rung::git {

/// A repository on this machine. `root` is its work tree, "" = none is known.
struct Clone {
  std::filesystem::path git_dir, root;
};

/// Path -> name, as a .gitmodules file says.
std::map<std::string, std::string> submodule_names(std::string_view gitmodules);

/// What is checked out where a submodule, and those in it, are linked.
struct Submodules {
  /// One that is at hand.
  struct Part {
    std::string path;  ///< in the outermost repository
    git_oid commit{};
    Clone clone;
  };
  /// One that is not: an empty folder, as with git.
  struct Absent {
    std::string path;
    git_oid commit{};
  };
  std::map<std::string, TreeEntry> files;  ///< path as above -> entry
  std::vector<Part> parts;
  std::vector<Absent> absent;
};

/// Adds what the link at `path` of the tree `root` stands for. `root` belongs
/// to the repository `in`, which lies at `prefix` ("" or "a/b/") of the
/// outermost one. `objects` can read the submodules' objects from then on.
void expand_link(Objects& objects, const Clone& in, const git_oid& root,
                 const std::string& prefix, const std::string& path,
                 const git_oid& link, Submodules& out);

}  // namespace rung::git
