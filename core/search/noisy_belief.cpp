#include <cmath>
#include <numeric>

#include "core/search/noisy_hunt.hpp"
#include "core/search/weights.hpp"

namespace rung::noisy {

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

std::optional<Failure> NoisyStrategy::skipped_at(const Place& place) const {
  const auto it = trials_.find(place);
  if (it == trials_.end()) return std::nullopt;
  for (const auto& observation : it->second) {
    if (observation.verdict != Verdict::good && observation.failure) {
      return observation.failure;
    }
  }
  return std::nullopt;
}

std::optional<bool> NoisyStrategy::broken(const Place& place, double prior,
                                          Purpose purpose) {
  constexpr unsigned kPatience = 3;
  // A gate that has not decided after this many runs never will.
  constexpr unsigned kBlind = 300;
  const auto seen = count(place);
  const std::vector<double> only{prior};
  const std::vector<Tally> tallies{{0, seen.passes, seen.fails}};
  const Posterior belief(only, 1 - prior, rates_, tallies, {});
  const double p = belief.probability(0);
  // The good release needs less proof than a conclusion: the user said that it
  // is good, and every pass of a later place supports that.
  constexpr double kPremise = 0.995;
  const double asked = 1 - (1 - noise_.confidence) / 5;
  const double enough =
      purpose == Purpose::control_good ? std::min(asked, kPremise) : asked;
  if (p >= enough && seen.fails > 0) return true;
  if (1 - p >= enough && seen.passes > 0) return false;
  const auto judged = seen.passes + seen.fails;
  if (seen.skips >= kPatience * (1 + judged) || judged >= kBlind) {
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

/// The verdicts along the line, by candidate, and how many there are in all.
std::vector<Tally> NoisyStrategy::tallies(const Field& where,
                                          std::uint64_t& spent) const {
  std::vector<Tally> all;
  spent = 0;
  for (const auto& [place, unused] : trials_) {
    const auto seen = count(place);
    spent += seen.passes + seen.fails;
    if (seen.passes + seen.fails == 0) continue;
    if (const auto i = where.index(place)) {
      all.push_back({*i, seen.passes, seen.fails});
    }
  }
  return all;
}

/// The low end is no candidate: it is sound in any case, and its verdicts tell
/// of the gate alone.
void NoisyStrategy::learn_from_low_end(const Field& where) {
  for (const auto& [place, unused] : trials_) {
    if (where.index(place) || where.line.vertex(place) != 0U) continue;
    const auto seen = count(place);
    for (auto& [rates, p, if_distrusted] : rates_) {
      const double alarm = std::clamp(rates.fail_when_sound, 1e-6, 1 - 1e-6);
      const double likelihood =
          std::pow(alarm, seen.fails) * std::pow(1 - alarm, seen.passes);
      p *= likelihood;
      if_distrusted *= likelihood;
    }
  }
}

/// As many as it takes to be sure, the likeliest first.
NoisyStrategy::Suspicion NoisyStrategy::suspicion(
    const Field& where, const Posterior& belief) const {
  Suspicion some;
  std::vector<std::uint32_t> order(where.vertices.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return belief.probability(a) > belief.probability(b);
  });
  double sum = belief.none();
  for (const auto i : order) {
    const double each = belief.probability(i);
    if (sum < sure() && where.vertices[i] > 0) {
      some.refs.push_back(where.line.delta(where.vertices[i]));
      some.beliefs.push_back(each);
    }
    sum += each;
    if (each > 0) some.bits -= each * std::log2(each);
  }
  return some;
}

/// What is left to learn, and to be sure of it in the end, at the rate the
/// gate tells it: whichever gate it may be.
double NoisyStrategy::probes_left(const Posterior& belief, double bits,
                                  bool innocent_possible) const {
  constexpr double kUnlikely = 5e-3;
  double doubt = std::log2(1 / (1 - sure_of_proof()));
  if (innocent_possible) {
    doubt = std::max(doubt, std::log2(belief.none() / kInnocence));
  }
  double probes = 0;
  double weighed = 0;
  for (const auto& [rates, weight, unused] : belief.rates()) {
    if (weight < kUnlikely) continue;
    weighed += weight;
    probes += weight * (bits / std::max(0.01, capacity(rates)) +
                        doubt / std::max(0.05, confirmation(rates)));
  }
  return probes / std::max(weighed, 1e-9);
}

/// The place just below the accused: it has all that the accused has but the
/// step itself.
Place NoisyStrategy::place_below(const Line& line, std::uint32_t vertex) const {
  if (!line.is_commit(vertex)) return line.place(vertex - 1);
  const auto parent = before(history_, line.commit(vertex));
  return line.place(parent == kGood ? line.chain.size()
                                    : line.vertex_of_commit(parent));
}

/// Whether the accused was seen to fail, and what lies just below it to pass;
/// what was not is wanted. What cannot be judged is vouched for by what lies
/// around it.
bool NoisyStrategy::seen_from_both_sides(const Line& line, std::uint32_t vertex,
                                         unsigned found) {
  bool seen = true;
  const Place accused = line.place(vertex);
  if (count(accused).fails == 0 && !untestable(accused)) {
    want(accused, Purpose::alone);
    seen = false;
  }
  if (vertex == 0 || found > 0) return seen;
  const Place below = place_below(line, vertex);
  if (count(below).passes == 0 && !untestable(below)) {
    want(below, Purpose::without);
    seen = false;
  }
  return seen;
}

std::optional<std::uint32_t> NoisyStrategy::locate(const Line& line,
                                                   std::uint32_t end,
                                                   unsigned found,
                                                   double none) {
  // Nothing is learned by so many runs that more would not tell either.
  constexpr std::uint64_t kBlind = 5'000;
  const auto where = field(line, end, found);
  const double all =
      std::accumulate(where.prior.begin(), where.prior.end(), 0.0);
  const double nothing = all * none / (1 - none);
  std::uint64_t spent = 0;
  auto seen = tallies(where, spent);
  learn_from_low_end(where);
  const Posterior belief(where.prior, nothing, rates_, seen, where.order());
  if (found == 0 && belief.none() >= sure()) {
    rates_ = belief.rates();
    decision_.answer.confidence *= belief.none();
    return kNobody;
  }
  auto [refs, beliefs, bits] = suspicion(where, belief);
  // What is in company was seen to be broken.
  const bool innocent_possible = found == 0 && belief.none() > kInnocence;
  decision_.expected = probes_left(belief, bits, innocent_possible);
  // Members found already are in for certain.
  decision_.beliefs.assign(decision_.suspects.size(), 1);
  decision_.suspects.insert(decision_.suspects.end(), refs.begin(), refs.end());
  decision_.beliefs.insert(decision_.beliefs.end(), beliefs.begin(),
                           beliefs.end());

  const bool given_up = spent >= kBlind;
  const auto best = belief.best();
  const auto vertex = where.vertices[best];
  const double p = belief.probability(best);
  if (p >= sure_of_proof() && !innocent_possible) {
    // A belief is an average over the gates there may be, and behind some of
    // them too bold: it has to stand if the gate is not trusted, too, unless no
    // probe would tell more.
    const auto doubted = distrusted(rates_);
    const Posterior wary(where.prior, nothing, doubted, seen, where.order());
    const double stated = std::min(p, wary.probability(best));
    if (stated < sure_of_proof() && !given_up) {
      want(where, wary, doubted, seen, nothing, true);
      if (!decision_.wanted.empty() || !running_.empty()) return std::nullopt;
    }
    if (!seen_from_both_sides(line, vertex, found)) return std::nullopt;
    rates_ = belief.rates();
    decision_.answer.confidence *= stated;
    return vertex;
  }
  // From here on probes are the proof of an accusation.
  const bool accusing = p >= sure();
  if (accusing && innocent_possible && !given_up) {
    const bool above = belief.tells_more_above(best) || vertex == 0;
    const auto place = above ? line.place(vertex) : place_below(line, vertex);
    if (!untestable(place)) {
      want(place, above ? Purpose::alone : Purpose::without);
      return std::nullopt;
    }
  }
  if (!given_up) {
    want(where, belief, rates_, std::move(seen), nothing, accusing);
  }
  if (given_up || (decision_.wanted.empty() && running_.empty())) {
    suspect(std::move(refs));  // no probe tells them apart
  }
  return std::nullopt;
}

}  // namespace rung::noisy
