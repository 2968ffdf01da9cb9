#include "core/model/commit_graph.hpp"

#include <algorithm>

#include "core/text/hex.hpp"

namespace rung {

std::string CommitGraph::hex(std::size_t i) const {
  const Oid& id = oids.at(i);
  return rung::hex({reinterpret_cast<const char*>(id.data()), id.size()});
}

CommitGraph without(const CommitGraph& graph,
                    const std::vector<bool>& unchanged) {
  CommitGraph kept;
  // Per old commit: the kept ones that stand for it, itself or its parents'.
  std::vector<std::vector<std::uint32_t>> stands(graph.size());
  kept.parent_begin.push_back(0);
  for (std::size_t i = 0; i < graph.size(); ++i) {
    std::vector<std::uint32_t> parents;
    for (const std::uint32_t parent : graph.parents_of(i)) {
      for (const std::uint32_t stand : stands[parent]) {
        if (std::find(parents.begin(), parents.end(), stand) ==
            parents.end()) {
          parents.push_back(stand);
        }
      }
    }
    if (unchanged[i] && i + 1 != graph.size()) {
      stands[i] = std::move(parents);
      continue;
    }
    stands[i] = {static_cast<std::uint32_t>(kept.oids.size())};
    kept.oids.push_back(graph.oids[i]);
    kept.parents.insert(kept.parents.end(), parents.begin(), parents.end());
    kept.parent_begin.push_back(
        static_cast<std::uint32_t>(kept.parents.size()));
  }
  return kept;
}

}  // namespace rung
