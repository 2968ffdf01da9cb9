#include "core/search/line.hpp"

#include <algorithm>

#include "core/search/choice.hpp"

namespace rung {

Place Line::place(std::uint32_t vertex) const {
  if (is_commit(vertex)) return {commit(vertex), held.plus(chain)};
  return {low, held.plus(chain.first(vertex))};
}

std::optional<std::uint32_t> Line::vertex(const Place& place) const {
  const auto on = place.on.size();
  if (on < held.size()) return std::nullopt;
  const auto switched = on - held.size();
  if (place.commit == low) {
    if (switched > chain.size()) return std::nullopt;
    if (place.on != held.plus(chain.first(switched))) return std::nullopt;
    return switched;
  }
  if (!commits || place.commit >= history.size() || switched != chain.size() ||
      place.on != held.plus(chain)) {
    return std::nullopt;
  }
  return vertex_of_commit(place.commit);
}

DeltaRef Line::delta(std::uint32_t vertex) const {
  if (is_commit(vertex)) return {true, commit(vertex)};
  return {false, chain.at(vertex - 1)};
}

Candidates candidates(const Line& line, std::optional<std::uint32_t> from,
                      std::uint32_t end, const Facts& facts,
                      const Judge& judge) {
  const auto chained = line.chain.size() + 1;  // vertices that are no commits
  std::map<std::uint32_t, Side> known;
  for (const auto& [place, observation] : facts) {
    const auto vertex = line.vertex(place);
    if (vertex && *vertex <= end) known.emplace(*vertex, judge(observation));
  }
  known[end] = Side::high;  // whatever was observed: it is the premise

  // The commits: flags of those that may be the boundary.
  std::vector<std::uint8_t> reach;
  bool commit_is_low = false;
  if (line.is_commit(end)) {
    reach = line.history.ancestors(end - chained);
    if (from && line.is_commit(*from)) {
      const auto above = line.history.descendants(*from - chained);
      for (std::size_t v = 0; v < reach.size(); ++v) reach[v] &= above[v];
      reach[*from - chained] = 0;
    }
    std::vector<std::uint8_t> below_low(reach.size(), 0);
    for (const auto& [vertex, side] : known) {
      if (side != Side::low || !line.is_commit(vertex)) continue;
      if (!reach[vertex - chained]) continue;
      commit_is_low = true;
      line.history.mark_ancestors(vertex - chained, below_low);
    }
    for (std::size_t v = 0; v < reach.size(); ++v) reach[v] &= !below_low[v];
    reach[end - chained] = 1;
  }

  std::uint32_t first = from ? *from + 1 : 0;
  if (commit_is_low) first = chained;
  const auto outer_end = end;
  for (const auto& [vertex, side] : known) {
    if (side == Side::low && !line.is_commit(vertex)) {
      first = std::max(first, vertex + 1);
    }
  }
  const auto lowest_high =
      std::find_if(known.begin(), known.end(), [&](const auto& fact) {
        const auto& [vertex, side] = fact;
        if (side != Side::high) return false;
        return line.is_commit(vertex) ? reach[vertex - chained] != 0
                                      : vertex >= first;
      });
  if (lowest_high != known.end()) end = lowest_high->first;

  Candidates found;
  for (const auto& [vertex, side] : known) {
    found.known += vertex != 0 && vertex != outer_end;
  }
  for (auto v = first; v < chained && v <= end; ++v)
    found.vertices.push_back(v);
  if (line.is_commit(end)) {
    const auto below = line.history.ancestors(end - chained);
    for (std::uint32_t v = 0; v <= end - chained; ++v) {
      if (reach[v] && below[v]) found.vertices.push_back(chained + v);
    }
  }
  if (found.vertices.empty()) found.vertices.push_back(end);
  found.skipped.resize(found.vertices.size(), 0);
  for (const auto& [vertex, side] : known) {
    if (side != Side::untold) continue;
    const auto at =
        std::lower_bound(found.vertices.begin(), found.vertices.end(), vertex);
    if (at != found.vertices.end() && *at == vertex) {
      found.skipped[static_cast<std::size_t>(at - found.vertices.begin())] = 1;
    } else {
      ++found.skipped_elsewhere;
    }
  }
  found.closed = nothing_to_gain(found.skipped, found.skipped_elsewhere);
  return found;
}

}  // namespace rung
