#pragma once

#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "adapters/checkout/worktree_files.hpp"
#include "adapters/checkout/worktree_state.hpp"
#include "adapters/git/local_clones.hpp"
#include "adapters/git/objects.hpp"

namespace rung {

/// Submodules of a commit that are at hand, by path in the repository.
using SubmoduleParts = std::map<std::string, git::Submodules::Part>;

/// What one thread needs to read files of a commit.
struct BlobReader {
  explicit BlobReader(const std::string& git_dir,
                      const SubmoduleParts& parts = {});
  git::Repository repository;
  git::Objects objects;
};

/// What has to be written where.
struct BlobWrite {
  std::string path;
  git_oid blob{};
  files::Kind kind = files::Kind::plain;
};
files::Kind kind_of_mode(std::uint32_t mode);

/// Where blobs come from and how they become files.
struct BlobsOf {
  const std::string& git_dir;
  const BlobReader& reader;
  const SubmoduleParts& parts;
  bool convert;             ///< as .gitattributes of `at` ask
  const std::string& path;  ///< of the folder, in the repository; "" = its root
  const git_oid& at;
};

/// Writes blobs below a folder (its open descriptor and its name), by two
/// threads where it pays; returns what is there then, in their order. Sets
/// their times to `time`; nullptr = now.
std::vector<files::Tracked> write_blobs(const BlobsOf& source, int root,
                                        const std::filesystem::path& folder,
                                        const std::vector<BlobWrite>& writes,
                                        const timespec* time);

}  // namespace rung
