#include "adapters/git/branches.hpp"

#include <algorithm>

namespace rung {
namespace {

/// Flags of commits whose parents in the graph are all flagged, and of which
/// `holds` says so. Few are read: those that follow good's side, and those
/// flagged.
template <class Holds>
std::vector<bool> flagged(const GitHistory& history, const CommitGraph& graph,
                          Holds holds) {
  std::vector<bool> flags(graph.size(), false);
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto inside = graph.parents_of(i);
    flags[i] = std::all_of(inside.begin(), inside.end(),
                           [&](const std::uint32_t p) { return flags[p]; }) &&
               holds(inside.size(), history.parents({graph.hex(i)}));
  }
  return flags;
}

}  // namespace

std::vector<bool> unrelated(const GitHistory& history,
                            const CommitGraph& graph) {
  return flagged(history, graph, [](std::size_t inside, const auto& all) {
    return inside == all.size();
  });
}

std::vector<bool> beside(const GitHistory& history, const CommitGraph& graph,
                         const CommitId& good) {
  return flagged(history, graph, [&](std::size_t, const auto& all) {
    return std::find(all.begin(), all.end(), good) == all.end();
  });
}

}  // namespace rung
