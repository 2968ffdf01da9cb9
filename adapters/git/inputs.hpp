#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/git/objects.hpp"

namespace rung::git {

/// What the patterns match below `tree`, as sorted lines "MODE ID PATH"; see
/// GitHistory::inputs_id.
std::vector<std::string> matched_entries(
    const Objects& objects, const git_oid& tree,
    const std::vector<std::string>& patterns);

}  // namespace rung::git
