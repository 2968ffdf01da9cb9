#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cmd/input/planned.hpp"
#include "cmd/running/env_edits.hpp"
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
  std::size_t passes = 0;        ///< how often it was
};
/// nullopt = the search has no full answer.
std::optional<Pruning> pruning_of(const Report& report,
                                  const std::set<std::string>& names);

/// The env files of a plan, by their path without links, and what they hold.
using EnvTexts = std::map<std::filesystem::path, std::string>;
EnvTexts env_texts(const Plan& plan);

/// What a deletion in env files comes to; nothing is written.
struct Deletion {
  std::vector<EnvEdit> edits;
  /// Variables that the plan itself sets, and the env files that do, too.
  std::map<std::string, std::vector<std::string>> left;
  /// What phases have then: those for which that is something else.
  std::map<std::size_t, std::map<std::string, std::string>> envs;
};

/// Deletes variables from the env files of a phase, in `texts`, and reads the
/// plan with what is left. Throws PlanError where a phase would change in any
/// other way than to lose some of these variables, and where the plan is no
/// longer the one that was read.
Deletion deletion_of(const Planned& planned, std::size_t phase,
                     const std::set<std::string>& names, const EnvTexts& texts);

/// Throws PlanError if another plan in the folder uses one of the files.
void require_no_other_plan(const Plan& plan, const std::vector<EnvEdit>& edits);

}  // namespace rung
