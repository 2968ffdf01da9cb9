#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/search/ancestry.hpp"
#include "core/search/index_set.hpp"
#include "core/search/search.hpp"

namespace rung {

/// A Point as the search keeps it.
struct Place {
  std::uint32_t commit = Point::kGoodCommit;
  IndexSet on;
  friend auto operator<=>(const Place&, const Place&) = default;

  static Place of(const Point& point) {
    return {point.commit, IndexSet::of(point.on)};
  }
  [[nodiscard]] Point point() const { return {commit, on.indices()}; }
};

/// All observations. Each decision is a function of them alone.
using Facts = std::map<Place, Observation>;

/// A way from a lower release to a higher one, one delta at a time: it switches
/// on the deltas of `chain` one after the other, then the commits, parents
/// before children. Each place on it is a vertex and has a larger number than
/// the vertices that it builds on: vertex 0 is the low end itself, vertex j has
/// the first j deltas of the chain, and vertex 1 + chain.size() + v is commit v
/// with the whole chain.
struct Line {
  Ancestry history;
  std::uint32_t low = Point::kGoodCommit;  ///< the commit under the chain
  IndexSet held;                           ///< on from the start; not in chain
  IndexSet chain;
  bool commits = false;  ///< whether commits are steps of this line

  [[nodiscard]] std::uint32_t vertex_of_commit(std::uint32_t commit) const {
    return 1 + chain.size() + commit;
  }
  [[nodiscard]] bool is_commit(std::uint32_t vertex) const {
    return vertex > chain.size();
  }
  [[nodiscard]] std::uint32_t commit(std::uint32_t vertex) const {
    return vertex - 1 - chain.size();
  }
  [[nodiscard]] Place place(std::uint32_t vertex) const;
  /// The vertex of this place; nullopt if it is not on the line.
  [[nodiscard]] std::optional<std::uint32_t> vertex(const Place& place) const;
  /// The delta that vertex switches on in addition to those below it. REQUIRES:
  /// vertex > 0.
  [[nodiscard]] DeltaRef delta(std::uint32_t vertex) const;
};

/// How an observation moves the boundary of the search.
enum class Side { low, high, untold };
using Judge = std::function<Side(const Observation&)>;

/// The steps that can be the boundary: they lie below the lowest place known to
/// be high, and not below a place known to be low.
struct Candidates {
  std::vector<std::uint32_t> vertices;  ///< ascending; the last is known high
  unsigned known = 0;  ///< places of the line that were observed, but for ends
  std::vector<std::uint8_t> skipped;  ///< parallel: known, but untold
  /// Untestable places on the line that are no longer candidates.
  std::size_t skipped_elsewhere = 0;
  /// No probe can leave fewer candidates, or none that is worth its price (see
  /// choice.hpp on long runs of untestable places).
  bool closed = false;
};

/// The candidates for the boundary between `from` (exclusive; nullopt: the low
/// end of the line) and `end`, which is known to be high. Places known to be
/// low count first: among several boundaries the one nearest to `end` stays.
/// There is always a candidate: `end` itself if nothing lies between.
Candidates candidates(const Line& line, std::optional<std::uint32_t> from,
                      std::uint32_t end, const Facts& facts,
                      const Judge& judge);

}  // namespace rung
