#pragma once

#include <string>
#include <vector>

#include "cmd/hunt.hpp"
#include "cmd/subject.hpp"

namespace rung {

/// What lies between two releases of one subject. When neither commit is an
/// ancestor of the other, good starts from their merge base (as git bisect
/// does) and a note says so. Commits that leave the deployed folder as it was
/// are no suspects. Throws HistoryError; UsageError when the two are equal.
Question question_between(const Subject& subject, Release good, Release bad,
                          bool first_parent, std::vector<std::string>& notes);

}  // namespace rung
