#pragma once

#include <string>
#include <vector>

#include "cmd/input/subject.hpp"
#include "core/hunting/question.hpp"

namespace rung {

struct BetweenReleases {
  bool first_parent = false;
  bool find_fix = false;
};

/// What lies between two releases of one subject, `good` and `bad` as the user
/// calls them. When neither commit is an ancestor of the other, the search
/// starts from their merge base (as git bisect does) and a note says so.
/// Commits that leave the deployed folder as it was are no suspects. Throws
/// HistoryError; UsageError when the two are equal.
Question question_between(const Subject& subject, Release good, Release bad,
                          const BetweenReleases& options,
                          std::vector<std::string>& notes);

/// Makes the flagged commits of the question no suspects: each counts as the
/// commit that brings it to the bad release.
void leave_out(Question& question, const Subject& subject,
               const std::vector<bool>& commits);

}  // namespace rung
