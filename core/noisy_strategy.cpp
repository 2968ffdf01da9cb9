#include "core/noisy_strategy.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/posterior.hpp"
#include "core/weights.hpp"

namespace rung {
namespace {

constexpr auto kGood = Point::kGoodCommit;
constexpr auto kNothing = UINT32_MAX;  ///< in place of a vertex: none breaks

/// The candidates of a line, as Posterior wants them.
struct Field {
  Line line;
  std::vector<std::uint32_t> vertices;
  std::vector<double> prior;
  bool linear = true;

  [[nodiscard]] std::optional<std::uint32_t> index(const Place& place) const {
    const auto vertex = line.vertex(place);
    if (!vertex) return std::nullopt;
    const auto at = std::lower_bound(vertices.begin(), vertices.end(), *vertex);
    if (at == vertices.end() || *at != *vertex) return std::nullopt;
    return static_cast<std::uint32_t>(at - vertices.begin());
  }
  [[nodiscard]] std::vector<std::uint8_t> below(std::uint32_t i) const {
    std::vector<std::uint8_t> flags(vertices.size(), 0);
    if (linear || !line.is_commit(vertices[i])) {
      std::fill_n(flags.begin(), i + 1, std::uint8_t{1});
      return flags;
    }
    const auto reach = line.history.ancestors(line.commit(vertices[i]));
    for (std::size_t c = 0; c < vertices.size(); ++c) {
      flags[c] =
          !line.is_commit(vertices[c]) || reach[line.commit(vertices[c])] != 0;
    }
    return flags;
  }
  [[nodiscard]] std::vector<double> masses(std::span<const double> own) const {
    std::vector<double> sums(own.size());
    std::vector<std::uint32_t> commits;
    std::size_t chained = 0;
    for (const auto vertex : vertices) {
      if (line.is_commit(vertex)) {
        commits.push_back(line.commit(vertex));
      } else {
        ++chained;
      }
    }
    const auto middle = own.begin() + static_cast<std::ptrdiff_t>(chained);
    std::partial_sum(own.begin(), middle, sums.begin());
    const double base = chained > 0 ? sums[chained - 1] : 0;
    const auto above =
        ancestor_masses(line.history, commits, own.subspan(chained));
    for (std::size_t i = 0; i < above.size(); ++i) {
      sums[chained + i] = base + above[i];
    }
    return sums;
  }
};

class NoisyStrategy {
 public:
  NoisyStrategy(const SearchInput& input, const SearchOptions& options,
                const Trials& trials, const std::vector<Place>& running,
                std::size_t idle)
      : input_(input),
        options_(options),
        noise_(*options.noise),
        trials_(trials),
        running_(running),
        idle_(idle),
        history_{input.commits, options.first_parent},
        rates_(rate_prior(noise_)) {}

  Decision decide() {
    decision_.finished = run();
    if (decision_.finished) decision_.wanted.clear();
    GateRates mean;
    for (const auto& [rates, p, unused] : rates_) {
      mean.pass_when_broken += p * rates.pass_when_broken;
      mean.fail_when_sound += p * rates.fail_when_sound;
    }
    decision_.answer.rates = mean;
    return std::move(decision_);
  }

 private:
  struct Count {
    std::uint32_t passes = 0, fails = 0, skips = 0;
  };
  [[nodiscard]] Count count(const Place& place) const;
  [[nodiscard]] const Failure* failure_at(const Place& place) const;
  bool run();
  /// Whether the place is broken; nullopt: not sure yet, probes are wanted, or
  /// it cannot be judged (stuck_).
  std::optional<bool> broken(const Place& place, double prior, Purpose purpose);
  /// The step that breaks, or kNothing.
  std::optional<std::uint32_t> locate(const Line& line, std::uint32_t end,
                                      unsigned found, double none);
  void want(const Field& field, const Posterior& belief,
            std::vector<Tally> tallies, double none);
  void want(const Place& place, Purpose purpose) {
    // What runs already will say it.
    if (std::find(running_.begin(), running_.end(), place) == running_.end()) {
      decision_.wanted.push_back({place, purpose});
    }
  }
  [[nodiscard]] Field field(const Line& line, std::uint32_t end,
                            unsigned found) const;
  [[nodiscard]] std::uint32_t before(std::uint32_t v) const {
    const auto parents = history_.parents(v);
    return parents.empty() ? kGood : parents.front();
  }
  /// How sure each of several steps must be for all of them to be.
  [[nodiscard]] double sure() const {
    return 1 - (1 - noise_.confidence) / (input_.deltas > 0 ? 3 : 1);
  }
  void suspect(std::vector<DeltaRef> refs) {
    std::sort(refs.begin(), refs.end());
    refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
    decision_.answer.suspects = std::move(refs);
    stuck_ = true;
  }

  const SearchInput& input_;
  const SearchOptions& options_;
  const Noise& noise_;
  const Trials& trials_;
  const std::vector<Place>& running_;
  std::size_t idle_;
  Ancestry history_;
  std::vector<RatePoint> rates_;
  std::optional<Failure> hunted_;
  Decision decision_;
  bool stuck_ = false;
};

NoisyStrategy::Count NoisyStrategy::count(const Place& place) const {
  Count all;
  const auto it = trials_.find(place);
  if (it == trials_.end()) return all;
  for (const auto& observation : it->second) {
    if (observation.verdict == Verdict::good) {
      ++all.passes;
    } else if (observation.verdict != Verdict::bad) {
      ++all.skips;
    } else if (hunted_ && observation.failure &&
               observation.failure->signature != hunted_->signature &&
               (options_.only_this_failure ||
                observation.failure->stage < hunted_->stage)) {
      ++all.skips;
    } else {
      ++all.fails;
    }
  }
  return all;
}

const Failure* NoisyStrategy::failure_at(const Place& place) const {
  const auto it = trials_.find(place);
  if (it == trials_.end()) return nullptr;
  for (const auto& observation : it->second) {
    if (observation.verdict == Verdict::bad && observation.failure) {
      return &*observation.failure;
    }
  }
  return nullptr;
}

std::optional<bool> NoisyStrategy::broken(const Place& place, double prior,
                                          Purpose purpose) {
  constexpr unsigned kPatience = 3;
  const auto seen = count(place);
  const std::vector<double> only{prior};
  const std::vector<Tally> tallies{{0, seen.passes, seen.fails}};
  const Posterior belief(only, 1 - prior, rates_, tallies, {});
  const double p = belief.probability(0);
  const double enough = 1 - (1 - noise_.confidence) / 5;
  if (p >= enough && seen.fails > 0) return true;
  if (1 - p >= enough && seen.passes > 0) return false;
  if (seen.skips >= kPatience && seen.passes + seen.fails == 0) {
    stuck_ = true;
  } else {
    want(place, purpose);
  }
  return std::nullopt;
}

Field NoisyStrategy::field(const Line& line, std::uint32_t end,
                           unsigned found) const {
  Field result{line, {}, {}, true};
  auto all = candidates(line, {}, end, {},
                        [](const Observation&) { return Side::untold; });
  if (found == 0) all.vertices.erase(all.vertices.begin());  // good is good
  all.skipped.assign(all.vertices.size(), 0);
  const Narrowing narrowing{line, all, found};
  const auto weights = weigh(narrowing, input_, input_.deltas > 1);
  result.vertices = std::move(all.vertices);
  for (std::size_t i = 0; i < result.vertices.size(); ++i) {
    result.linear = result.linear && weights.below[i] == i + 1;
  }
  result.prior = weights.own.empty()
                     ? std::vector<double>(result.vertices.size(), 1)
                     : weights.own;
  return result;
}

std::optional<std::uint32_t> NoisyStrategy::locate(const Line& line,
                                                   std::uint32_t end,
                                                   unsigned found,
                                                   double none) {
  const auto where = field(line, end, found);
  const double all =
      std::accumulate(where.prior.begin(), where.prior.end(), 0.0);
  const double nothing = all * none / (1 - none);
  std::vector<Tally> tallies;
  for (const auto& [place, unused] : trials_) {
    const auto seen = count(place);
    if (seen.passes + seen.fails == 0) continue;
    if (const auto i = where.index(place)) {
      tallies.push_back({*i, seen.passes, seen.fails});
    } else if (line.vertex(place) == 0U) {
      // The low end is sound in any case: it tells of the gate alone.
      for (auto& [rates, p, if_nothing] : rates_) {
        const double alarm = std::clamp(rates.fail_when_sound, 1e-6, 1 - 1e-6);
        const double likelihood =
            std::pow(alarm, seen.fails) * std::pow(1 - alarm, seen.passes);
        p *= likelihood;
        if_nothing *= likelihood;
      }
    }
  }
  Below below;
  if (!where.linear) below = [&](std::uint32_t i) { return where.below(i); };
  const Posterior belief(where.prior, nothing, rates_, tallies, below);
  if (belief.none() >= sure()) {
    rates_ = belief.rates();
    decision_.answer.confidence *= belief.none();
    return kNothing;
  }
  const auto best = belief.best();
  const double p = belief.probability(best);
  // Accusing somebody when nothing broke is the worse mistake by far.
  constexpr double kInnocence = 1e-3;
  if (p >= sure() && belief.none() > kInnocence) {
    want(line.place(where.vertices[best]), Purpose::search);
    return std::nullopt;
  }
  if (p >= sure()) {
    // Seen from both sides: it fails, and what it builds on passes.
    const auto vertex = where.vertices[best];
    bool seen = true;
    if (count(line.place(vertex)).fails == 0) {
      want(line.place(vertex), Purpose::search);
      seen = false;
    }
    if (vertex > 0 && found == 0) {
      auto under = vertex - 1;
      if (line.is_commit(vertex)) {
        const auto parent = before(line.commit(vertex));
        under =
            parent == kGood ? line.chain.size() : line.vertex_of_commit(parent);
      }
      if (count(line.place(under)).passes == 0) {
        want(line.place(under), Purpose::without);
        seen = false;
      }
    }
    if (!seen) return std::nullopt;
    rates_ = belief.rates();
    decision_.answer.confidence *= p;
    return vertex;
  }
  want(where, belief, std::move(tallies), nothing);
  // As many as it takes to be sure, the likeliest first.
  std::vector<std::uint32_t> order(where.vertices.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return belief.probability(a) > belief.probability(b);
  });
  double sum = belief.none();
  double bits = 0;
  std::vector<DeltaRef> refs;
  for (const auto i : order) {
    const double each = belief.probability(i);
    if (sum < sure() && where.vertices[i] > 0) {
      refs.push_back(line.delta(where.vertices[i]));
    }
    sum += each;
    if (each > 0) bits -= each * std::log2(each);
  }
  // What is left to learn, at the rate the gate tells it, and to be sure of
  // it in the end.
  const auto gate = belief.mean_rates();
  decision_.expected =
      bits / std::max(0.01, capacity(gate)) +
      std::log2(1 / (1 - sure())) / std::max(0.05, confirmation(gate));
  if (decision_.wanted.empty() && running_.empty()) {
    suspect(std::move(refs));  // no probe tells them apart
  } else {
    decision_.suspects.insert(decision_.suspects.end(), refs.begin(),
                              refs.end());
  }
  return std::nullopt;
}

/// The most information per second, given that those running will answer too:
/// averaged over what they may say.
void NoisyStrategy::want(const Field& where, const Posterior& belief,
                         std::vector<Tally> tallies, double none) {
  constexpr std::size_t kPatterns = 4;  // running probes averaged over
  constexpr double kNothingToLearn = 1e-4;
  Below below;
  Posterior::Masses masses;
  if (!where.linear) {
    below = [&](std::uint32_t i) { return where.below(i); };
    masses = [&](std::span<const double> own) { return where.masses(own); };
  }
  std::vector<std::uint32_t> running;
  for (const auto& place : running_) {
    if (const auto i = where.index(place)) running.push_back(*i);
  }
  std::vector<std::uint8_t> hopeless(where.vertices.size(), 0);
  for (const auto& [place, unused] : trials_) {
    const auto seen = count(place);
    const auto i = where.index(place);
    if (i && seen.skips > 0 && seen.passes + seen.fails == 0) hopeless[*i] = 1;
  }
  auto average = [&](auto& self, const Posterior& now,
                     const std::vector<Tally>& counts,
                     std::span<const std::uint32_t> open, double weight,
                     std::vector<double>& bits) -> void {
    if (open.empty() || weight < 0.01) {
      const auto some = now.information(masses);
      for (std::size_t i = 0; i < bits.size(); ++i) bits[i] += weight * some[i];
      return;
    }
    const double fails = now.fails(where.below(open.front()));
    for (const bool failed : {true, false}) {
      const double p = failed ? fails : 1 - fails;
      if (p <= 0) continue;
      auto more = counts;
      const auto at = std::find_if(more.begin(), more.end(), [&](auto& tally) {
        return tally.candidate == open.front();
      });
      if (at == more.end()) {
        more.push_back({open.front(), failed ? 0U : 1U, failed ? 1U : 0U});
      } else {
        ++(failed ? at->fails : at->passes);
      }
      self(self, Posterior(where.prior, none, rates_, more, below), more,
           open.subspan(1), weight * p, bits);
    }
  };
  while (decision_.wanted.size() < idle_) {
    std::vector<double> bits(where.vertices.size(), 0);
    const auto open =
        std::span(running).last(std::min(running.size(), kPatterns));
    average(average, belief, tallies, open, 1, bits);
    std::optional<std::uint32_t> best;
    double most = 0;
    for (std::uint32_t i = 0; i < bits.size(); ++i) {
      if (hopeless[i] || bits[i] < kNothingToLearn) continue;
      double value = bits[i];
      if (input_.seconds) {
        value /= std::max(
            1e-9, input_.seconds(where.line.place(where.vertices[i]).point()));
      }
      if (best && value <= most * (1 + 1e-9)) continue;
      most = value;
      best = i;
    }
    if (!best) return;
    decision_.wanted.push_back(
        {where.line.place(where.vertices[*best]),
         where.vertices[*best] == 0 ? Purpose::alone : Purpose::search});
    running.push_back(*best);
  }
}

bool NoisyStrategy::run() {
  constexpr double kDrift = 0.02;  // before anything was observed
  constexpr double kNull = 0.1;
  auto& answer = decision_.answer;
  answer.outcome = Answer::Outcome::suspects;
  const auto commits = static_cast<std::uint32_t>(history_.size());
  auto top = commits > 0 ? commits - 1 : kGood;
  auto deltas = IndexSet::range(0, input_.deltas);
  for (const auto index : deltas.indices()) {
    decision_.suspects.push_back({false, index});
  }
  for (std::uint32_t v = 0; v < commits; ++v) {
    decision_.suspects.push_back({true, v});
  }

  const Place good{kGood, {}};
  const Place bad{top, deltas};
  const auto at_good = count(good);
  const auto at_bad = count(bad);
  if (at_good.skips > 0 && at_good.passes + at_good.fails == 0) {
    answer.outcome = Answer::Outcome::no_verdict;
    return true;
  }
  if (at_bad.skips > 0 && at_bad.passes + at_bad.fails == 0) {
    answer.outcome = Answer::Outcome::no_verdict;
    return true;
  }
  const auto drift = broken(good, kDrift, Purpose::control_good);
  if (drift == true) {
    answer.outcome = Answer::Outcome::drift;
    return true;
  }
  if (at_bad.passes + at_bad.fails == 0) want(bad, Purpose::control_bad);
  if (!drift || at_bad.passes + at_bad.fails == 0) return false;
  if (deltas.empty() && top == kGood) {
    answer.outcome = Answer::Outcome::not_reproducible;
    return true;
  }
  if (const auto* failure = failure_at(bad)) hunted_ = *failure;
  answer.hunted = hunted_;
  decision_.controls_hold = true;

  double none = kNull;
  for (;;) {
    decision_.suspects.clear();
    const Line line{history_, kGood, {}, deltas, top != kGood};
    const auto end =
        line.commits ? line.vertex_of_commit(top) : line.chain.size();
    const auto vertex = locate(line, end, 0, none);
    if (!vertex) return stuck_;
    if (*vertex == kNothing) {
      answer.outcome = Answer::Outcome::not_reproducible;
      return true;
    }
    // What else it needs, until nothing more.
    const auto delta = line.delta(*vertex);
    std::optional<std::uint32_t> commit;
    IndexSet culprit;
    IndexSet under;
    if (delta.is_commit) {
      commit = delta.index;
      under = line.chain;
    } else {
      culprit = IndexSet::range(delta.index, delta.index + 1);
      under = line.chain.before(delta.index);
    }
    auto refs = [&] {
      std::vector<DeltaRef> all;
      for (const auto index : culprit.indices()) all.push_back({false, index});
      if (commit) all.push_back({true, *commit});
      return all;
    };
    while (!under.empty()) {
      decision_.suspects = refs();
      const Line company{history_, commit.value_or(kGood), culprit, under,
                         false};
      const auto size = culprit.size() + (commit ? 1 : 0);
      const auto next = locate(company, under.size(), size, 0);
      if (!next) {
        if (stuck_) {
          auto all = refs();
          all.insert(all.end(), answer.suspects.begin(), answer.suspects.end());
          suspect(std::move(all));
        }
        return stuck_;
      }
      if (*next == 0) break;
      const auto member = company.delta(*next).index;
      culprit = culprit.plus(member);
      under = under.before(member);
    }
    decision_.suspects = refs();
    const Place fails{commit.value_or(kGood), culprit};
    bool complete = true;
    const bool alone_is_line = culprit.empty() && input_.deltas == 0;
    auto expect = [&](const Place& place, double prior, bool wish,
                      Purpose purpose) {
      const auto is = broken(place, prior, purpose);
      if (!is) {
        complete = false;
      } else if (*is != wish) {
        suspect(refs());
      }
    };
    if (!alone_is_line) {
      expect(fails, 0.98, true, Purpose::alone);
      for (const auto member : culprit.indices()) {
        if (culprit.size() + (commit ? 1 : 0) == 1) break;
        expect({fails.commit, culprit.minus(member)}, 0.02, false,
               Purpose::without);
      }
      if (commit) {
        expect({before(*commit), culprit}, 0.02, false, Purpose::without);
      }
    }
    if (stuck_) {
      if (answer.suspects.empty()) suspect(refs());
      return true;
    }
    if (!complete) return false;

    if (commit) top = before(*commit);
    deltas = deltas.minus(culprit);
    const Place passes{top, deltas};
    std::optional<bool> again = false;
    if (!alone_is_line) again = broken(passes, 0.05, Purpose::without);
    if (!again && !stuck_) return false;
    Finding finding;
    finding.culprit = refs();
    if (const auto* failure = failure_at(fails)) finding.failure = *failure;
    finding.fails = fails.point();
    finding.passes = passes.point();
    answer.findings.push_back(std::move(finding));
    answer.outcome = Answer::Outcome::culprit;
    if (stuck_ || again == true) {
      const auto* failure = failure_at(passes);
      if (stuck_ || options_.first_only) {
        answer.hidden = failure ? *failure : Failure{};
        return true;
      }
      if (failure) hunted_ = *failure;
      none = 0.02;
      answer.outcome = Answer::Outcome::suspects;
      continue;
    }
    return true;
  }
}

}  // namespace

Decision decide_noisy(const SearchInput& input, const SearchOptions& options,
                      const Trials& trials, const std::vector<Place>& running,
                      std::size_t idle) {
  return NoisyStrategy(input, options, trials, running, idle).decide();
}

}  // namespace rung
