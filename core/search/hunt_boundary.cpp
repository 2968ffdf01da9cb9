#include "core/search/hunt.hpp"

#include <map>
#include <set>

namespace rung::hunt {

std::optional<std::uint32_t> Hunt::narrow(const Line& line,
                                          std::optional<std::uint32_t> from,
                                          std::uint32_t end, const Judge& by,
                                          unsigned found) {
  auto left = candidates(line, from, end, facts_, by);
  if (left.vertices.size() == 1) return left.vertices.front();
  if (left.closed) {
    if (!from && line.commits && !look_beside(line, left.vertices, by)) {
      return std::nullopt;
    }
    if (!from && !line.is_commit(left.vertices.back())) {
      bool complete = true;
      const auto one = one_alone(line, left.vertices, complete);
      if (one || !complete) return one;
    }
    std::vector<DeltaRef> refs;
    for (const auto vertex : left.vertices) {
      if (vertex > 0) refs.push_back(line.delta(vertex));
    }
    suspect(std::move(refs));
    return std::nullopt;
  }
  decision_.narrowing = Narrowing{line, std::move(left), found};
  return std::nullopt;
}

/// Suspects that cannot be told apart where they are: a commit beside them, in
/// a branch that grew out of their midst, descends from some of them only. If
/// it fails the others are innocent, if it passes these are.
bool Hunt::look_beside(const Line& line, std::vector<std::uint32_t>& suspects,
                       const Judge& by) {
  constexpr unsigned kPatience = 16;  // untestable places before giving up
  const auto chained = line.vertex_of_commit(0);
  unsigned untold = 0;
  std::set<std::uint32_t> tried(suspects.begin(), suspects.end());
  for (const auto& [place, observation] : facts_) {
    const auto vertex = line.vertex(place);
    if (!vertex || !line.is_commit(*vertex)) continue;
    if (!tried.insert(*vertex).second) continue;
    const auto side = by(observation);
    if (side == Side::untold) ++untold;
    if (side != Side::high) continue;
    const auto below = history_.ancestors(*vertex - chained);
    std::vector<std::uint32_t> shared;
    for (const auto suspect : suspects) {
      if (!line.is_commit(suspect) || below[suspect - chained]) {
        shared.push_back(suspect);
      }
    }
    // None shared: another cause broke that branch.
    if (!shared.empty()) suspects = std::move(shared);
  }
  std::vector<std::uint32_t> commits;
  for (const auto suspect : suspects) {
    if (line.is_commit(suspect)) commits.push_back(suspect - chained);
  }
  if (commits.size() < 2 || untold >= kPatience) return true;
  const auto counts = reached_counts(history_, commits);
  const auto size = static_cast<std::uint32_t>(commits.size());
  std::optional<std::uint32_t> best;
  std::uint32_t most = 0;
  for (std::uint32_t v = 0; v < counts.size(); ++v) {
    const auto smaller = std::min(counts[v], size - counts[v]);
    if (smaller <= most || tried.contains(chained + v)) continue;
    best = v;
    most = smaller;
  }
  if (!best) return true;
  decision_.wanted.push_back(
      {line.place(line.vertex_of_commit(*best)), Purpose::search});
  for (const auto suspect : suspects) {
    decision_.suspects.push_back(line.delta(suspect));
  }
  return false;
}

/// Deltas that cannot be told apart as prefixes, say because requirements
/// conflict half way, can be switched on one at a time: one that fails so is
/// the step looked for.
std::optional<std::uint32_t> Hunt::one_alone(
    const Line& line, const std::vector<std::uint32_t>& suspects,
    bool& complete) {
  constexpr std::size_t kMost = 16;
  if (suspects.size() > kMost) return std::nullopt;
  std::vector<Wanted> wanted;
  for (const auto suspect : suspects) {
    if (suspect == 0) continue;
    const Place place{line.low, line.held.plus(line.delta(suspect).index)};
    const auto* observation = known(place);
    if (!observation) {
      wanted.push_back({place, Purpose::alone});
    } else if (judge(*observation) == Side::high) {
      return suspect;
    }
  }
  complete = wanted.empty();
  if (!complete) {
    decision_.wanted = std::move(wanted);
    for (const auto suspect : suspects) {
      if (suspect > 0) decision_.suspects.push_back(line.delta(suspect));
    }
  }
  return std::nullopt;
}

/// git's rule takes a parent for good because something built on it passed. An
/// accusation deserves a look: `moved` when one of them fails, then `end` is
/// that parent.
bool Hunt::verify_parents(const Line& line, std::uint32_t& end, bool& moved) {
  moved = false;
  if (!line.is_commit(end)) return true;
  const auto parents = history_.parents(line.commit(end));
  bool complete = true;
  for (const auto parent : parents) {
    const auto vertex = line.vertex_of_commit(parent);
    const auto* observation = ask(line.place(vertex), Purpose::without);
    if (!observation) {
      complete = false;
    } else if (judge(*observation) == Side::high) {
      end = vertex;
      moved = true;
      decision_.wanted.clear();
      return true;
    }
  }
  return complete;
}

std::optional<Boundary> Hunt::boundary(const Line& line, std::uint32_t end) {
  const auto top = end;  // where the hunted failure was seen
  for (;;) {
    auto vertex = narrow(line, {}, end, judge());
    if (!vertex) return std::nullopt;
    bool moved = false;
    auto above = *vertex;
    if (!verify_parents(line, above, moved)) {
      decision_.suspects = {line.delta(above)};
      return std::nullopt;
    }
    if (moved) {
      end = above;
      continue;
    }
    // Where does the failure it brings become the hunted one? The way there
    // ends at the top: `end` may have moved below, to yet another failure. A
    // place found good on the way takes the steps below it out of the
    // candidates.
    Boundary found{*vertex, {}};
    for (;;) {
      const auto* seen = known(line.place(above));
      // Found among untestable prefixes, by itself: nothing to follow. Or
      // repaired on this way: it never became the hunted one.
      if (!seen || judge(*seen) != Side::high) return Boundary{*vertex, {}};
      const auto failure = failure_of(*seen, hunted_.stage);
      if (failure.signature == hunted_.signature) return found;
      const auto ended = narrow(line, above, top, [&](const Observation& o) {
        if (o.verdict == Verdict::good) return Side::high;
        const auto side = judge(o);
        if (side != Side::high) return side;
        return failure_of(o, hunted_.stage).signature == failure.signature
                   ? Side::low
                   : Side::high;
      });
      if (!ended) {
        if (!unresolved_) return std::nullopt;
        // Untestable places hide where it changed; that it broke is known.
        unresolved_ = false;
        decision_.answer.suspects.clear();
        return Boundary{*vertex, {}};
      }
      if (*ended == above) return Boundary{*vertex, {}};
      above = *ended;
      found.changed_at = line.delta(above);
    }
  }
}

/// Failures below a place that passed were repaired on the way: name both ends.
bool Hunt::repaired(const Line& line) {
  const Judge by = judge();
  std::map<std::uint32_t, const Observation*> seen;
  for (const auto& [place, observation] : facts_) {
    if (const auto vertex = line.vertex(place)) seen[*vertex] = &observation;
  }
  std::set<std::uint32_t> broken;
  for (const auto& failed : seen) {
    if (by(*failed.second) != Side::high) continue;
    const std::uint32_t bad = failed.first;
    // The nearest place above that passed.
    const auto above = std::find_if(seen.begin(), seen.end(), [&](auto& fact) {
      if (fact.first <= bad || by(*fact.second) != Side::low) return false;
      if (!line.is_commit(fact.first) || !line.is_commit(bad)) return true;
      return history_.ancestors(line.commit(fact.first))[line.commit(bad)] != 0;
    });
    if (above == seen.end()) continue;
    const auto breaks = narrow(line, {}, bad, by);
    const auto repairs =
        breaks ? narrow(line, *breaks, above->first,
                        [&](const Observation& o) {
                          const auto side = by(o);
                          if (side == Side::untold) return side;
                          return side == Side::low ? Side::high : Side::low;
                        })
               : std::nullopt;
    if (unresolved_) {
      unresolved_ = false;
      decision_.answer.suspects.clear();
      continue;
    }
    if (!repairs) return false;
    if (!broken.insert(*breaks).second) continue;
    const auto* first = known(line.place(*breaks));
    // Found by itself among untestable prefixes: not seen on this line.
    if (!first || by(*first) != Side::high) continue;
    decision_.answer.repaired.push_back({line.delta(*breaks),
                                         line.delta(*repairs),
                                         failure_of(*first, hunted_.stage)});
  }
  return true;
}

/// What a proof contradicts is no side finding: a delta that was proved guilty
/// was not repaired by another one, nor does it repair one.
void Hunt::drop_contradicted() {
  std::set<DeltaRef> guilty;
  for (const Finding& finding : decision_.answer.findings) {
    guilty.insert(finding.culprit.begin(), finding.culprit.end());
  }
  std::erase_if(decision_.answer.repaired, [&](const SideFinding& side) {
    return guilty.contains(side.broken_by) || guilty.contains(side.repaired_by);
  });
}

}  // namespace rung::hunt
