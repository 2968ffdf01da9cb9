#include "core/strategy.hpp"

#include <algorithm>
#include <set>

namespace rung {
namespace {

constexpr auto kGood = Point::kGoodCommit;

/// A boundary that was found: the step that breaks, and where the failure it
/// brings turns into the hunted one, when it is another.
struct Boundary {
  std::uint32_t vertex = 0;
  std::optional<DeltaRef> changed_at;
};

/// Deltas that break together.
struct Culprit {
  std::optional<std::uint32_t> commit;
  IndexSet deltas;

  [[nodiscard]] std::uint32_t size() const {
    return deltas.size() + (commit ? 1 : 0);
  }
  /// Good with the culprit switched on.
  [[nodiscard]] Place place() const { return {commit.value_or(kGood), deltas}; }
  [[nodiscard]] std::vector<DeltaRef> refs() const {
    std::vector<DeltaRef> all;
    for (const auto index : deltas.indices()) all.push_back({false, index});
    if (commit) all.push_back({true, *commit});
    return all;
  }
};

Failure failure_of(const Observation& observation, Stage stage) {
  if (observation.failure) return *observation.failure;
  Failure failure;
  failure.stage = stage;
  return failure;
}

/// The bad release without some findings.
struct Upper {
  std::uint32_t commit = kGood;
  IndexSet deltas;
  [[nodiscard]] Place place() const { return {commit, deltas}; }
};

class Strategy {
 public:
  Strategy(const SearchInput& input, const SearchOptions& options,
           const Facts& facts)
      : input_(input),
        options_(options),
        facts_(facts),
        history_{input.commits, options.first_parent} {}

  Decision decide() {
    if (run()) {
      decision_.finished = true;
      decision_.wanted.clear();
      decision_.narrowing.reset();
    }
    return std::move(decision_);
  }

 private:
  // Functions that may need a probe return false or nullopt when they do; what
  // they need is then in decision_.

  bool run();
  bool controls();
  std::optional<Boundary> boundary(const Line& line, std::uint32_t end);
  bool look_beside(const Line& line, std::vector<std::uint32_t>& suspects,
                   const Judge& judge);
  std::optional<std::uint32_t> one_alone(
      const Line& line, const std::vector<std::uint32_t>& suspects,
      bool& complete);
  bool verify_parents(const Line& line, std::uint32_t& end, bool& moved);
  std::optional<Culprit> minimal(const Line& line, std::uint32_t vertex,
                                 const Place& without);
  std::optional<Culprit> without_spare(Culprit culprit);
  bool drop_redundant();
  bool repaired(const Line& line);

  /// The one step left, or nullopt: more probes are needed, or (suspects_ is
  /// set) there will never be fewer.
  std::optional<std::uint32_t> narrow(const Line& line,
                                      std::optional<std::uint32_t> from,
                                      std::uint32_t end, const Judge& judge,
                                      unsigned found = 0);
  const Observation* known(const Place& place) const {
    const auto it = facts_.find(place);
    return it == facts_.end() ? nullptr : &it->second;
  }
  /// Known, or wanted and nullptr.
  const Observation* ask(const Place& place, Purpose purpose) {
    const auto* observation = known(place);
    if (!observation) decision_.wanted.push_back({place, purpose});
    return observation;
  }
  [[nodiscard]] Side judge(const Observation& observation) const;
  [[nodiscard]] Judge judge() const {
    return [this](const Observation& observation) {
      return judge(observation);
    };
  }
  [[nodiscard]] Upper upper() const {
    return {input_.commits && input_.commits->size() > 0
                ? static_cast<std::uint32_t>(input_.commits->size() - 1)
                : kGood,
            IndexSet::range(0, input_.deltas)};
  }
  /// The commit before v on its own line: what is deployed "without" v. A
  /// commit cannot be taken out of history, so all after it goes too; of a
  /// merge's parents the first is the line it was merged into.
  [[nodiscard]] std::uint32_t before(std::uint32_t v) const {
    const auto parents = history_.parents(v);
    return parents.empty() ? kGood : parents.front();
  }
  [[nodiscard]] Upper without(Upper from, const Culprit& culprit) const {
    if (culprit.commit) from.commit = before(*culprit.commit);
    from.deltas = from.deltas.minus(culprit.deltas);
    return from;
  }
  [[nodiscard]] Line main_line(const Upper& top) const {
    return {history_, kGood, {}, top.deltas, top.commit != kGood};
  }
  void suspect(std::vector<DeltaRef> refs) {
    std::sort(refs.begin(), refs.end());
    refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
    decision_.answer.suspects = std::move(refs);
    unresolved_ = true;
  }

  const SearchInput& input_;
  const SearchOptions& options_;
  const Facts& facts_;
  Ancestry history_;
  Failure hunted_;
  std::vector<Culprit> culprits_;  ///< parallel to the answer's findings
  Decision decision_;
  bool unresolved_ = false;
};

Side Strategy::judge(const Observation& observation) const {
  if (observation.verdict == Verdict::good) return Side::low;
  if (observation.verdict != Verdict::bad) return Side::untold;
  const auto failure = failure_of(observation, hunted_.stage);
  if (failure.signature == hunted_.signature) return Side::high;
  if (options_.only_this_failure) return Side::untold;
  // It broke before it came to where the hunted failure shows.
  return failure.stage < hunted_.stage ? Side::untold : Side::high;
}

bool Strategy::controls() {
  auto& answer = decision_.answer;
  const auto* good = ask({kGood, {}}, Purpose::control_good);
  const auto* bad = ask(upper().place(), Purpose::control_bad);
  if (good && good->verdict == Verdict::bad) {
    answer.outcome = Answer::Outcome::drift;
    if (bad && bad->verdict == Verdict::bad) answer.hunted = bad->failure;
    return false;
  }
  if (good && good->verdict != Verdict::good) {
    answer.outcome = Answer::Outcome::no_verdict;
    return false;
  }
  if (bad && bad->verdict == Verdict::good) {
    answer.outcome = Answer::Outcome::not_reproducible;
    return false;
  }
  if (bad && bad->verdict != Verdict::bad) {
    answer.outcome = Answer::Outcome::no_verdict;
    return false;
  }
  return good && bad;
}

std::optional<std::uint32_t> Strategy::narrow(
    const Line& line, std::optional<std::uint32_t> from, std::uint32_t end,
    const Judge& by, unsigned found) {
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
bool Strategy::look_beside(const Line& line,
                           std::vector<std::uint32_t>& suspects,
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
std::optional<std::uint32_t> Strategy::one_alone(
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
bool Strategy::verify_parents(const Line& line, std::uint32_t& end,
                              bool& moved) {
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

std::optional<Boundary> Strategy::boundary(const Line& line,
                                           std::uint32_t end) {
  for (;;) {
    auto vertex = narrow(line, {}, end, judge());
    if (!vertex) return std::nullopt;
    bool moved = false;
    auto above = *vertex;
    if (!verify_parents(line, above, moved)) return std::nullopt;
    if (moved) {
      end = above;
      continue;
    }
    // Where does the failure it brings become the hunted one? A place found
    // good on the way takes the steps below it out of the candidates.
    Boundary found{*vertex, {}};
    for (;;) {
      const auto* seen = known(line.place(above));
      // Found among untestable prefixes, by itself: nothing to follow.
      if (!seen || judge(*seen) != Side::high) return found;
      const auto failure = failure_of(*seen, hunted_.stage);
      if (failure.signature == hunted_.signature) return found;
      const auto ended = narrow(line, above, end, [&](const Observation& o) {
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
        return found;
      }
      above = *ended;
      found.changed_at = line.delta(above);
    }
  }
}

/// QuickXplain: the step at the boundary is needed. Alone it may not be
/// enough; then it is kept on and what else it needs is searched before it.
std::optional<Culprit> Strategy::minimal(const Line& line,
                                         std::uint32_t vertex,
                                         const Place& without) {
  Culprit culprit;
  IndexSet before;
  const auto delta = line.delta(vertex);
  if (delta.is_commit) {
    culprit.commit = delta.index;
    before = line.chain;
  } else {
    culprit.deltas = IndexSet::range(delta.index, delta.index + 1);
    before = line.chain.before(delta.index);
  }
  for (;;) {
    // The first time its own place is asked: mostly it needs no company. Later
    // the search for more company asks that as one place among others.
    const auto* alone = known(culprit.place());
    if (!alone && culprit.size() == 1 &&
        (options_.spare == 0 || before.empty())) {
      decision_.wanted.push_back({culprit.place(), Purpose::alone});
      if (!known(without)) {
        decision_.wanted.push_back({without, Purpose::without});
      }
      return std::nullopt;
    }
    if (alone && judge(*alone) == Side::high) {
      return without_spare(std::move(culprit));
    }
    const Line company{history_, culprit.commit.value_or(kGood),
                       culprit.deltas, before, false};
    const auto next = narrow(company, {}, before.size(), judge(),
                             culprit.size());
    if (!next) {
      if (unresolved_) {
        auto refs = culprit.refs();
        const auto& some = decision_.answer.suspects;
        refs.insert(refs.end(), some.begin(), some.end());
        suspect(std::move(refs));
      }
      return std::nullopt;
    }
    const auto member = company.delta(*next).index;
    culprit.deltas = culprit.deltas.plus(member);
    before = before.before(member);
  }
}

/// Every member must be needed: without it good stays good.
std::optional<Culprit> Strategy::without_spare(Culprit culprit) {
  for (;;) {
    std::optional<Culprit> smaller;
    bool complete = true;
    auto try_without = [&](const Place& place, std::optional<Culprit> rest) {
      const auto* observation = ask(place, Purpose::without);
      if (!observation) {
        complete = false;
      } else if (judge(*observation) == Side::high && rest) {
        smaller = std::move(rest);
      } else if (judge(*observation) != Side::low) {
        suspect(culprit.refs());
      }
    };
    for (const auto member : culprit.deltas.indices()) {
      auto rest = culprit;
      rest.deltas = rest.deltas.minus(member);
      try_without(rest.place(), rest);
    }
    if (culprit.commit) {
      const auto commit = before(*culprit.commit);
      std::optional<Culprit> rest;
      // Below it lies only good: then the other members do it alone. An older
      // commit of the range that fails with them did not with all the rest
      // on: no member of such a world can be named.
      if (commit == kGood) rest = Culprit{std::nullopt, culprit.deltas};
      try_without({commit, culprit.deltas}, std::move(rest));
    }
    if (smaller) {
      culprit = std::move(*smaller);
      unresolved_ = false;
      decision_.answer.suspects.clear();
      decision_.wanted.clear();
      continue;
    }
    if (unresolved_) {
      decision_.wanted.clear();
      return std::nullopt;
    }
    if (!complete) return std::nullopt;
    return culprit;
  }
}

/// Several findings: each of them must still break bad without the others. One
/// that does not was made good by something later.
bool Strategy::drop_redundant() {
  auto& findings = decision_.answer.findings;
  for (std::size_t i = 0; findings.size() > 1 && i < findings.size();) {
    auto rest = upper();
    for (std::size_t j = 0; j < findings.size(); ++j) {
      if (j != i) rest = without(rest, culprits_[j]);
    }
    const auto* observation = ask(rest.place(), Purpose::without);
    if (!observation) return false;
    if (observation->verdict == Verdict::good) {
      findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(i));
      culprits_.erase(culprits_.begin() + static_cast<std::ptrdiff_t>(i));
      i = 0;
    } else {
      ++i;
    }
  }
  return true;
}

/// Failures below a place that passed were repaired on the way: name both ends.
bool Strategy::repaired(const Line& line) {
  const Judge by = judge();
  std::map<std::uint32_t, const Observation*> seen;
  for (const auto& [place, observation] : facts_) {
    if (const auto vertex = line.vertex(place)) seen[*vertex] = &observation;
  }
  std::set<std::uint32_t> broken;
  for (const auto& [bad, observation] : seen) {
    if (by(*observation) != Side::high) continue;
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
    decision_.answer.repaired.push_back(
        {line.delta(*breaks), line.delta(*repairs),
         failure_of(*first, hunted_.stage)});
  }
  return true;
}

bool Strategy::run() {
  auto& answer = decision_.answer;
  answer.outcome = Answer::Outcome::suspects;
  if (!controls()) {
    for (std::uint32_t i = 0; i < input_.deltas; ++i) {
      decision_.suspects.push_back({false, i});
    }
    for (std::uint32_t i = 0; i < history_.size(); ++i) {
      decision_.suspects.push_back({true, i});
    }
    return answer.outcome != Answer::Outcome::suspects;
  }

  decision_.controls_hold = true;
  auto top = upper();
  const auto first_line = main_line(top);
  const auto* failing = known(top.place());
  answer.hunted = failure_of(*failing, Stage::health);
  for (;;) {
    decision_.suspects.clear();
    hunted_ = failure_of(*failing, Stage::health);
    const auto line = main_line(top);
    if (line.chain.empty() && !line.commits) break;  // bad is good: both seen
    const auto end = line.commits ? line.vertex_of_commit(top.commit)
                                  : line.chain.size();
    const auto found = boundary(line, end);
    if (!found) break;
    Culprit step;
    const auto delta = line.delta(found->vertex);
    if (delta.is_commit) {
      step.commit = delta.index;
    } else {
      step.deltas = IndexSet::range(delta.index, delta.index + 1);
    }
    decision_.suspects = step.refs();
    const auto culprit =
        minimal(line, found->vertex, without(top, step).place());
    if (!culprit) break;

    decision_.suspects = culprit->refs();
    top = without(top, *culprit);
    const auto* passes = ask(top.place(), Purpose::without);
    if (!passes) return false;
    Finding finding;
    finding.culprit = culprit->refs();
    finding.failure =
        failure_of(*known(culprit->place()), hunted_.stage);
    finding.fails = culprit->place().point();
    finding.passes = top.place().point();
    if (finding.failure.signature != hunted_.signature) {
      finding.changed_at = found->changed_at;
    }
    answer.findings.push_back(std::move(finding));
    culprits_.push_back(*culprit);
    if (passes->verdict == Verdict::good) break;
    const auto left = failure_of(*passes, hunted_.stage);
    // Broken earlier than the failure hunted: it cannot have hidden behind it,
    // taking the culprit out made it. Nothing can be said of what lies behind.
    const bool judged =
        passes->verdict == Verdict::bad && left.stage >= hunted_.stage;
    if (!judged || options_.first_only) {
      answer.hidden = left;
      break;
    }
    failing = passes;
  }
  if (decision_.narrowing || !decision_.wanted.empty()) return false;
  if (unresolved_) return true;
  if (!drop_redundant()) return false;
  if (!options_.first_only) {
    hunted_ = *answer.hunted;
    if (!repaired(first_line)) return false;
  }
  answer.outcome = Answer::Outcome::culprit;
  return true;
}

}  // namespace

Decision decide(const SearchInput& input, const SearchOptions& options,
                const Facts& facts) {
  return Strategy(input, options, facts).decide();
}

}  // namespace rung
