#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/search/search.hpp"

namespace rung::fakes {

/// What a simulated platform answers at a point.
using World = std::function<Observation(const Point&)>;

inline Observation good() {
  return {Verdict::good, {}, {}, {}};
}
inline Observation skip() {
  Failure failure;
  failure.cause = "untestable";
  return {Verdict::skip, failure, {}, {}};
}
inline Observation bad(const std::string& signature = "hunted",
                       Stage stage = Stage::health) {
  Failure failure;
  failure.stage = stage;
  failure.signature = signature;
  return {Verdict::bad, failure, {}, {}};
}

/// Whether `commit` of a line is part of the release at `point`.
inline bool has_commit(const Point& point, std::uint32_t commit) {
  return point.commit != Point::kGoodCommit && point.commit >= commit;
}

/// Broken from `commit` of a line on.
inline World breaks_from(std::uint32_t commit) {
  return [commit](const Point& point) {
    return has_commit(point, commit) ? bad() : good();
  };
}

/// Broken where all of these deltas are on.
inline World breaks_with(std::set<std::uint32_t> needed) {
  return [needed = std::move(needed)](const Point& point) {
    return std::includes(point.on.begin(), point.on.end(), needed.begin(),
                         needed.end())
               ? bad()
               : good();
  };
}

/// The same world behind a gate that lies at these rates; draws from `random`,
/// which outlives it.
inline World lying(World world, GateRates rates, std::mt19937_64& random) {
  return [world = std::move(world), rates, &random](const Point& point) {
    const double draw = std::uniform_real_distribution<>(0, 1)(random);
    if (world(point).verdict == Verdict::bad) {
      return draw < rates.pass_when_broken ? good() : bad();
    }
    return draw < rates.fail_when_sound ? bad() : good();
  };
}

/// parents[i] as in CommitGraph; the object ids say the index.
inline CommitGraph graph(
    const std::vector<std::vector<std::uint32_t>>& parents) {
  CommitGraph result;
  result.parent_begin.push_back(0);
  for (std::size_t i = 0; i < parents.size(); ++i) {
    CommitGraph::Oid oid{};
    for (std::size_t b = 0; b < 4; ++b) {
      oid[b] = static_cast<std::uint8_t>(i >> (8 * b));
    }
    result.oids.push_back(oid);
    result.parents.insert(result.parents.end(), parents[i].begin(),
                          parents[i].end());
    result.parent_begin.push_back(
        static_cast<std::uint32_t>(result.parents.size()));
  }
  return result;
}

inline CommitGraph linear(std::uint32_t n) {
  std::vector<std::vector<std::uint32_t>> parents(n);
  for (std::uint32_t i = 1; i < n; ++i) parents[i] = {i - 1};
  return graph(parents);
}

/// Branches that live for a while and are merged; one head; some roots.
inline CommitGraph random_history(std::uint32_t n, double merge_rate,
                                  std::mt19937_64& random) {
  std::vector<std::vector<std::uint32_t>> parents(n);
  std::vector<std::uint32_t> heads{0};
  auto chance = [&](double p) {
    return std::uniform_real_distribution<>(0, 1)(random) < p;
  };
  auto pick = [&](std::size_t size) {
    return std::uniform_int_distribution<std::size_t>(0, size - 1)(random);
  };
  for (std::uint32_t i = 1; i < n; ++i) {
    const bool last = i + 1 == n;
    if (last || (heads.size() > 1 && chance(merge_rate))) {
      const auto count = last ? heads.size() : 2;
      std::vector<std::uint32_t> merged;
      while (merged.size() < count) {
        const auto h = last ? 0 : pick(heads.size());
        merged.push_back(heads[h]);
        heads.erase(heads.begin() + static_cast<std::ptrdiff_t>(h));
      }
      parents[i] = merged;
      heads.push_back(i);
    } else if (heads.size() < 8 && chance(merge_rate)) {
      if (!chance(0.1)) {
        parents[i] = {static_cast<std::uint32_t>(pick(i))};
      }
      heads.push_back(i);
    } else {
      auto& head = heads[pick(heads.size())];
      parents[i] = {head};
      head = i;
    }
  }
  return graph(parents);
}

/// reach[v][u]: u is v or v descends from u.
inline std::vector<std::vector<bool>> reachability(const CommitGraph& history) {
  std::vector<std::vector<bool>> reach(history.size(),
                                       std::vector<bool>(history.size()));
  for (std::size_t v = 0; v < history.size(); ++v) {
    reach[v][v] = true;
    for (const auto parent : history.parents_of(v)) {
      for (std::size_t u = 0; u <= parent; ++u) {
        if (reach[parent][u]) reach[v][u] = true;
      }
    }
  }
  return reach;
}

struct Run {
  Answer answer;
  std::map<Purpose, unsigned> probes;
  unsigned total = 0;
  unsigned rounds = 0;
  std::vector<Point> order;
};

/// Answers until the search has finished; asking twice is an error.
inline Run play(Search& search, const World& world, std::size_t workers = 1,
                bool repeats = false) {
  Run run;
  std::set<Point> asked;
  while (!search.finished()) {
    const auto proposals = search.next(workers);
    if (proposals.empty())
      throw std::logic_error("nothing to do, not finished");
    ++run.rounds;
    for (const auto& [point, purpose] : proposals) {
      if (!asked.insert(point).second && !repeats)
        throw std::logic_error("asked twice");
      ++run.probes[purpose];
      ++run.total;
      run.order.push_back(point);
    }
    for (const auto& [point, purpose] : proposals) {
      search.record(point, world(point));
    }
    if (run.total > 20'000) throw std::logic_error("does not end");
  }
  run.answer = search.answer();
  return run;
}

inline Run play(const SearchInput& input, const World& world,
                const SearchOptions& options = {}, std::size_t workers = 1) {
  Search search(input, options);
  return play(search, world, workers, options.noise.has_value());
}

/// Why an answer accuses falsely; "" when every accusation is confirmed:
/// good with a finding fails, without any one member of it that is no longer
/// so, bad without all findings passes, and without all but one it fails.
inline std::string false_accusation(const SearchInput& input,
                                    const World& world, const Answer& answer) {
  if (answer.findings.empty()) return "";
  const auto* history = input.commits;
  auto before = [&](std::uint32_t v) {
    const auto parents = history->parents_of(v);
    return parents.empty() ? Point::kGoodCommit : parents.front();
  };
  auto fails = [&](const Point& point) {
    return world(point).verdict == Verdict::bad;
  };
  auto passes = [&](const Point& point) {
    return world(point).verdict == Verdict::good;
  };
  for (const auto& finding : answer.findings) {
    if (finding.culprit.empty()) return "an empty culprit";
    Point alone;
    for (const auto& member : finding.culprit) {
      if (member.is_commit) {
        alone.commit = member.index;
      } else {
        alone.on.push_back(member.index);
      }
    }
    if (alone != finding.fails) return "fails is not good plus the culprit";
    if (!fails(alone)) return "good plus the culprit does not fail";
    for (const auto& member : finding.culprit) {
      auto rest = alone;
      if (member.is_commit) {
        rest.commit = before(member.index);
      } else {
        std::erase(rest.on, member.index);
      }
      if (!passes(rest)) return "a member is not needed";
    }
  }
  auto bad_without = [&](std::optional<std::size_t> kept) {
    Point point;
    std::set<std::uint32_t> on;
    for (std::uint32_t i = 0; i < input.deltas; ++i) on.insert(i);
    if (history && history->size() > 0) {
      point.commit = static_cast<std::uint32_t>(history->size() - 1);
    }
    for (std::size_t i = 0; i < answer.findings.size(); ++i) {
      if (kept == i) continue;
      for (const auto& member : answer.findings[i].culprit) {
        if (member.is_commit) {
          point.commit = before(member.index);
        } else {
          on.erase(member.index);
        }
      }
    }
    point.on.assign(on.begin(), on.end());
    return point;
  };
  if (answer.outcome != Answer::Outcome::culprit || answer.hidden) return "";
  if (!passes(bad_without({}))) return "bad without all findings does not pass";
  for (std::size_t i = 0; i < answer.findings.size(); ++i) {
    if (answer.findings.size() > 1 && passes(bad_without(i))) {
      return "a finding is not needed";
    }
  }
  return "";
}

}  // namespace rung::fakes
