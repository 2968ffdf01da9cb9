#pragma once

// Definitions of culprits for both ways of searching, hunt.hpp and
// noisy_hunt.hpp.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/search/line.hpp"
#include "core/search/search.hpp"

namespace rung {

/// Deltas that break together.
struct Culprit {
  std::optional<std::uint32_t> commit;
  IndexSet deltas;

  /// The step from the vertices below `vertex` of the line to `vertex`.
  static Culprit of(const Line& line, std::uint32_t vertex) {
    const auto delta = line.delta(vertex);
    if (delta.is_commit) return {delta.index, {}};
    return {std::nullopt, IndexSet::range(delta.index, delta.index + 1)};
  }
  [[nodiscard]] std::uint32_t size() const {
    return deltas.size() + (commit ? 1 : 0);
  }
  /// Good with the culprit switched on.
  [[nodiscard]] Place place() const {
    return {commit.value_or(Point::kGoodCommit), deltas};
  }
  [[nodiscard]] std::vector<DeltaRef> refs() const {
    std::vector<DeltaRef> all;
    for (const auto index : deltas.indices()) all.push_back({false, index});
    if (commit) all.push_back({true, *commit});
    return all;
  }
};

/// The deltas of the line below `vertex` that are not commits: the culprit may
/// need some of them too.
inline IndexSet chain_below(const Line& line, std::uint32_t vertex) {
  const auto delta = line.delta(vertex);
  return delta.is_commit ? line.chain : line.chain.before(delta.index);
}

/// The commit before v on its own line, which rung deploys "without" v. A
/// commit cannot be taken out of history, so everything after it goes too. For
/// a merge, the first parent is the line it was merged into.
inline std::uint32_t before(const Ancestry& history, std::uint32_t v) {
  const auto parents = history.parents(v);
  return parents.empty() ? Point::kGoodCommit : parents.front();
}

/// The bad release, with or without some findings.
struct Upper {
  std::uint32_t commit = Point::kGoodCommit;
  IndexSet deltas;

  static Upper of(const SearchInput& input, const Ancestry& history) {
    const auto size = static_cast<std::uint32_t>(history.size());
    return {size > 0 ? size - 1 : Point::kGoodCommit,
            IndexSet::range(0, input.deltas)};
  }
  [[nodiscard]] Place place() const { return {commit, deltas}; }
  [[nodiscard]] Upper without(const Culprit& culprit,
                              const Ancestry& history) const {
    Upper rest = *this;
    if (culprit.commit) rest.commit = before(history, *culprit.commit);
    rest.deltas = rest.deltas.minus(culprit.deltas);
    return rest;
  }
  /// The line from good to here.
  [[nodiscard]] Line line(const Ancestry& history) const {
    return {
        history, Point::kGoodCommit, {}, deltas, commit != Point::kGoodCommit};
  }
  /// Its last vertex. REQUIRES: `line` is line().
  [[nodiscard]] std::uint32_t end(const Line& line) const {
    return line.commits ? line.vertex_of_commit(commit) : line.chain.size();
  }
};

/// All deltas.
inline std::vector<DeltaRef> everything(const SearchInput& input,
                                        const Ancestry& history) {
  std::vector<DeltaRef> all;
  for (std::uint32_t i = 0; i < input.deltas; ++i) all.push_back({false, i});
  for (std::uint32_t v = 0; v < history.size(); ++v) all.push_back({true, v});
  return all;
}

/// Ascending, each once.
inline std::vector<DeltaRef> sorted(std::vector<DeltaRef> refs) {
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  return refs;
}

}  // namespace rung
