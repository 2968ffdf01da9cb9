#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rung {

/// The candidates: commits that bad has and good does not, parents before
/// children, the bad commit last. Compact: 100,000 commits take a few MB.
struct CommitGraph {
  using Oid = std::array<std::uint8_t, 20>;
  std::vector<Oid> oids;                    ///< [n]
  std::vector<std::uint32_t> parent_begin;  ///< [n + 1] into `parents`
  /// Indices into oids, first parent first, without parents outside the range
  /// (good's side). Always smaller than the child's own index.
  std::vector<std::uint32_t> parents;

  [[nodiscard]] std::size_t size() const { return oids.size(); }
  [[nodiscard]] std::span<const std::uint32_t> parents_of(std::size_t i) const {
    return {parents.data() + parent_begin[i],
            parent_begin[i + 1] - parent_begin[i]};
  }
  [[nodiscard]] std::string hex(std::size_t i) const;
};

/// The graph without the commits that cannot be the cause (`unchanged[i]`);
/// their children get their parents. The last commit always stays.
CommitGraph without(const CommitGraph& graph,
                    const std::vector<bool>& unchanged);

}  // namespace rung
