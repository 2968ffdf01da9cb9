#pragma once

#include <vector>

#include "adapters/git/history.hpp"

namespace rung {

// Both take a graph as GitHistory::between() gives it, with all its commits,
// and say something of each of them.

/// Whether its whole history lies in the graph, so that it shares none with
/// good: another project, which a merge brought in.
std::vector<bool> unrelated(const GitHistory& history,
                            const CommitGraph& graph);
/// Whether good is not in its history: its branch began before good.
std::vector<bool> beside(const GitHistory& history, const CommitGraph& graph,
                         const CommitId& good);

}  // namespace rung
