#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/hunting/question.hpp"

namespace rung {

/// What a repository tells of files; both unset = there is none. They throw
/// HistoryError.
struct FilesOfHistory {
  /// Those of the deployed folder in the bad release.
  std::function<std::vector<std::string>()> deployed = {};
  /// By commit of the question: whether it leaves this file as it was.
  std::function<std::vector<bool>(const std::string& file)> unchanged = {};
};

/// Question::named for a question: the variables and packages whose names
/// stand in a failure, and the commits that touch a file named there. Refers to
/// `question` by what it is when this is called.
std::function<std::vector<DeltaRef>(const Failure&)> names_in_failures(
    const Question& question, FilesOfHistory files);

}  // namespace rung
