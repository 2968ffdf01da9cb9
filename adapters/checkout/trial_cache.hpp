#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/journal/journal_folder.hpp"

namespace rung {

/// Where the trials of one journal and one source stand: checkouts, builds,
/// homes. Outside of every project, so that what looks upward (git, Node, npm,
/// python-dotenv, pyenv) finds nothing of the user's.
struct TrialPlace {
  std::filesystem::path folder;  ///< made, 0700
  /// The project it lies in all the same ("/home/me/app (package.json)"),
  /// because the plan put it there or every place of this machine is in one.
  std::string inside;
  /// Says to `rung clean` that it is in use.
  std::shared_ptr<FileLock> in_use;
};

/// `chosen`: the folder the user names; "" = $XDG_CACHE_HOME/rung, else the
/// first of ~/.cache/rung, /var/tmp/rung-UID and /tmp/rung-UID that lies in no
/// project. Throws AbortError.
TrialPlace trial_place(const std::filesystem::path& chosen,
                       const std::filesystem::path& state,
                       const std::filesystem::path& source);

/// The nearest folder at or above `folder` that marks a project (.git,
/// package.json, .env, ...), as "FOLDER (MARK)".
std::optional<std::string> project_above(const std::filesystem::path& folder);

/// What the cache holds of one journal and source.
struct CachedTrials {
  std::filesystem::path folder;
  std::string source;  ///< the folder they are trials of
  std::uint64_t bytes = 0;
  bool in_use = false;
};
/// All of this user; `more` is looked into besides the usual places. Walks
/// them, to say how large they are.
std::vector<CachedTrials> cached_trials(const std::filesystem::path& more);
/// Removes what lies there unless it is in use; whether it did.
bool remove_cached(const CachedTrials& trials);

/// Keeps the builds beside `place` below `limit` bytes (the oldest go first)
/// and removes what no run has used for 30 days.
void trim_cache(const TrialPlace& place, std::uint64_t limit = 10ULL << 30);

/// Notes that the build in `folder` is ready and how large it is.
void write_build_mark(const std::filesystem::path& mark, std::uint64_t bytes);

/// Removes a folder also where something in it is read-only (Go's module
/// cache). Links are not followed.
void remove_whole(const std::filesystem::path& folder);

}  // namespace rung
