#include "adapters/git/branches.hpp"

#include <algorithm>

namespace rung {

std::vector<bool> beside(const GitHistory& history, const CommitGraph& graph,
                         const CommitId& good) {
  std::vector<bool> flags(graph.size(), false);
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto inside = graph.parents_of(i);
    if (!std::all_of(inside.begin(), inside.end(),
                     [&](const std::uint32_t p) { return flags[p]; })) {
      continue;
    }
    // Few are read: those that follow good itself, and those beside it.
    const auto all = history.parents({graph.hex(i)});
    flags[i] = std::find(all.begin(), all.end(), good) == all.end();
  }
  return flags;
}

}  // namespace rung
