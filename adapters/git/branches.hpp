#pragma once

#include <vector>

#include "adapters/git/history.hpp"

namespace rung {

/// Per commit of `graph`, which is GitHistory::between(good, ...) with all its
/// commits: whether good is not in its history. Its branch began before good,
/// or shares nothing with it.
std::vector<bool> beside(const GitHistory& history, const CommitGraph& graph,
                         const CommitId& good);

}  // namespace rung
