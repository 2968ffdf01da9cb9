#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cmd/input/planned.hpp"
#include "core/report/report.hpp"

namespace rung {

/// What a search between a release and the same one without some variables
/// says of these.
struct Pruning {
  struct Needed {
    std::vector<std::string> names;  ///< one of them has to stay
    Failure failure;                 ///< of the release without them
  };
  std::vector<Needed> needed;
  std::set<std::string> can_go;  ///< all at once: that release was healthy
};
/// nullopt = the search has no full answer.
std::optional<Pruning> pruning_of(const Report& report,
                                  const std::set<std::string>& names);

/// Env files as they are after a deletion.
struct PrunedFiles {
  std::vector<std::string> changed;  ///< paths
  std::vector<std::string> kept;     ///< where each was copied before
  std::vector<std::string> left;     ///< variables that the plan itself sets
};

/// Deletes variables from the env files of a phase, and keeps the old files in
/// `copies`, a folder that it makes. Reads the plan again: where anything but
/// these variables would change, all files are put back. Throws PlanError that
/// says why.
PrunedFiles pruned_files(const Planned& planned, std::size_t phase,
                         const std::set<std::string>& names,
                         const std::filesystem::path& copies);

}  // namespace rung
