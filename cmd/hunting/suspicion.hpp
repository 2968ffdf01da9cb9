#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "adapters/git/history.hpp"
#include "cmd/hunting/question.hpp"

namespace rung {

/// Question::named for a question: the variables and packages whose names
/// stand in a failure, and the commits that touch a file named there.
/// `history` may be null; `path` is the deployed folder. Refers to `question`
/// by what it is when this is called.
std::function<std::vector<DeltaRef>(const Failure&)> names_in_failures(
    const Question& question, std::shared_ptr<GitHistory> history,
    const std::string& path);

}  // namespace rung
