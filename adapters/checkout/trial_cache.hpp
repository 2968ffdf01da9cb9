#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/journal/journal_folder.hpp"

namespace rung {

/// The folder for the trials of one journal and one source: checkouts, builds,
/// homes. It is outside every project, so that tools which look upward (git,
/// Node, npm, python-dotenv, pyenv) find nothing of the user's.
struct TrialPlace {
  std::filesystem::path folder;  ///< made, 0700
  /// The project that it lies in nevertheless ("/home/me/app (package.json)"),
  /// because the plan put it there or each place on this machine is in one.
  std::string inside;
  /// Tells `rung clean` that the folder is in use.
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

/// The cached trials of one journal and source.
struct CachedTrials {
  std::filesystem::path folder;
  std::string source;  ///< the folder they are trials of
  std::uint64_t bytes = 0;
};
/// All cached trials of this user; also looks into `more`, in addition to the
/// usual places. Walks them to find their size. Makes and locks nothing.
std::vector<CachedTrials> cached_trials(const std::filesystem::path& more);
/// Whether a run is at work there. Locks them for a moment.
bool is_in_use(const CachedTrials& trials);
/// Where trial_place() would put the folder, which may not be there yet; makes
/// nothing.
std::filesystem::path usual_trial_place(const std::filesystem::path& chosen);
/// Removes them unless they are in use; returns whether it did.
bool remove_cached(const CachedTrials& trials);

/// Keeps the builds beside `place` below `limit` bytes (removes the oldest
/// first) and removes builds that no run has used for 30 days.
void trim_cache(const TrialPlace& place, std::uint64_t limit = 10ULL << 30);

/// Records that a build is ready and how large it is.
void write_build_mark(const std::filesystem::path& mark, std::uint64_t bytes);

/// Removes a folder even if it contains read-only files (Go's module cache).
/// Does not follow links.
void remove_whole(const std::filesystem::path& folder);

}  // namespace rung
