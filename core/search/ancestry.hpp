#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/commit_graph.hpp"

namespace rung {

/// The commits and edges that a search walks: all of them, or the main line.
struct Ancestry {
  const CommitGraph* graph = nullptr;
  bool first_parent = false;

  [[nodiscard]] std::span<const std::uint32_t> parents(std::uint32_t v) const {
    const auto all = graph->parents_of(v);
    return first_parent && all.size() > 1 ? all.first(1) : all;
  }
  [[nodiscard]] std::size_t size() const { return graph ? graph->size() : 0; }

  /// Flags [size()]: `top` and its ancestors.
  [[nodiscard]] std::vector<std::uint8_t> ancestors(std::uint32_t top) const;
  /// Sets the flags of `top` and its ancestors; stops at flags already set.
  void mark_ancestors(std::uint32_t top,
                      std::vector<std::uint8_t>& flags) const;
  /// Flags [size()]: `root` and its descendants.
  [[nodiscard]] std::vector<std::uint8_t> descendants(std::uint32_t root) const;
};

/// For each of `members` (ascending commit indices): how many members it
/// descends from, itself included; only paths inside `members` count. The count
/// is exact, also with merges: columns of 512 members go through the graph as
/// bits, and a commit that has a whole column below it passes it on as one
/// flag. 65,536 commits with 9,000 merges take some 10 ms.
std::vector<std::uint32_t> ancestor_counts(
    const Ancestry& ancestry, std::span<const std::uint32_t> members);

/// The same by weight: the sum of weights[j] over the members j that each one
/// descends from. `weights` is parallel to `members`.
std::vector<double> ancestor_masses(const Ancestry& ancestry,
                                    std::span<const std::uint32_t> members,
                                    std::span<const double> weights);

/// For each commit of the graph: how many of `few` (ascending) it descends
/// from, itself included. Use it for short lists.
std::vector<std::uint32_t> reached_counts(const Ancestry& ancestry,
                                          std::span<const std::uint32_t> few);

}  // namespace rung
