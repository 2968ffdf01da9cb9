#pragma once

#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// SARIF 2.1.0: a result for each item. `version` as
/// `rung --version` prints it.
std::string as_sarif(const Posting& posting, const std::string& version);

}  // namespace rung
