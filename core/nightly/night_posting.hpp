#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/nightly/night_report.hpp"
#include "core/report/posting.hpp"

namespace rung {

/// The paths that a commit changed, relative to the repository.
using CommitPaths =
    std::function<std::vector<std::string>(const std::string& commit)>;

/// The posting of a night. `about` names the suite; `paths` is asked only for
/// commits that are named as guilty. Command line, exit code and time are the
/// caller's.
Posting posting_of(const NightReport& report, const CommitFacts& facts,
                   const CommitPaths& paths, const std::string& about);

}  // namespace rung
