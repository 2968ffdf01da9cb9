#pragma once

#include <string>
#include <vector>

#include "cmd/input/subject.hpp"

namespace rung {

/// Changed files that a release would have if they were committed, relative to
/// the root of the repository. Not among them: what rung reads as it lies on
/// disk, such as the plan and env files. None where there is no history.
std::vector<std::string> uncommitted(const Subject& subject);

}  // namespace rung
