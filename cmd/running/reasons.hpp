#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/input/subject.hpp"
#include "core/hunting/question.hpp"
#include "core/report/report.hpp"

namespace rung {

/// Where no change is guilty: what was checked, what rung itself could not do,
/// and the likeliest reasons of this run. Where a trial failed for want of a
/// file that only the work tree has, that is told in any case.
/// `env_notes`: what was told about env files. REQUIRES: report.logs is set.
void add_reasons(Report& report, const Question& question,
                 const Subject& subject,
                 const std::vector<std::string>& env_notes);

/// The same of one release that was judged alone and is not healthy. `log`: what
/// its trial wrote.
void add_reasons(Report& report, const Release& release, std::string_view log,
                 const Subject& subject,
                 const std::vector<std::string>& env_notes);

/// Where the release that was good fails now: these secrets have another value
/// than it passed with (Planned::changed_secrets), so it is not unchanged.
void add_changed_secrets(Report& report, const std::vector<std::string>& names);

/// "14 commits change packages/shared": what changed outside of the deployed
/// folder between two commits; "" = nothing.
std::string changed_outside(const Subject& subject, const CommitId& good,
                            const CommitId& bad);

}  // namespace rung
