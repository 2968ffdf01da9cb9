#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "adapters/git/history.hpp"

namespace rung {

/// What of a partial clone checkouts of `path` at these commits lack: ids of
/// blobs, and of trees, below which more may be missing. Empty for a whole
/// repository, at once.
std::vector<std::string> missing_objects(const GitHistory& history,
                                         const CommitGraph& commits,
                                         const CommitId& good,
                                         const std::string& path);

/// Fetches what was not there, by the user's own git and from the user's own
/// remote: the commits that a shallow clone lacks, or just the objects.
/// `inside` is a folder of the repository. Throws HistoryError.
void fetch_missing(const std::filesystem::path& inside,
                   const NotFetched& missing);

/// Runs `doing` again and again, fetching what it misses in between; with
/// `may_fetch` false it is what `doing` throws. `said` is told before.
template <class Doing>
auto deepened(bool may_fetch, const std::filesystem::path& inside,
              const std::function<void(const std::string&)>& said,
              const Doing& doing) {
  constexpr int kOften = 100;  // a tree below a tree below a tree
  for (int tried = 0;; ++tried) {
    try {
      return doing();
    } catch (const NotFetched& missing) {
      if (!may_fetch || tried >= kOften) throw;
      said("fetching what this clone lacks");
      fetch_missing(inside, missing);
    }
  }
}

}  // namespace rung
