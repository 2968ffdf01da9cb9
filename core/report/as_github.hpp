#pragma once

#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// Workflow commands of GitHub, a line each: at most ten errors, warnings and
/// notices (more are not shown), the most important first; one of the notices
/// says how many are left out.
std::string github_annotations(const Posting& posting);

/// What a step appends to $GITHUB_OUTPUT: outcome, culprit, title, body-file.
/// `delimiter`: a word that nobody can guess.
std::string github_outputs(const Posting& posting, const std::string& body_file,
                           const std::string& delimiter);

}  // namespace rung
