#include "core/search/search.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/search/choice.hpp"
#include "core/search/noisy_strategy.hpp"
#include "core/search/probes_left.hpp"
#include "core/search/strategy.hpp"
#include "core/search/weights.hpp"

namespace rung {
namespace {

/// How many points may be priced for one choice: a point of many deltas is
/// long, and pricing must stay far cheaper than any probe.
std::size_t affordable_prices(const Line& line) {
  constexpr std::size_t kWork = 1'000'000;
  constexpr std::size_t kMost = 4'096;
  return std::clamp<std::size_t>(
      kWork / (1 + line.chain.size() + line.held.size()), 8, kMost);
}

}  // namespace

ProbePurpose counted_as(Purpose purpose) {
  switch (purpose) {
    case Purpose::control_good:
    case Purpose::control_bad:
      return ProbePurpose::control;
    case Purpose::search:
      return ProbePurpose::search;
    case Purpose::alone:
    case Purpose::without:
      return ProbePurpose::proof;
  }
  return ProbePurpose::search;
}

struct Search::State {
  SearchInput input;
  SearchOptions options;
  Facts facts;
  Trials trials;  ///< kept with noise only
  std::multiset<Place> running;
  mutable std::optional<Decision> decision;  ///< of the facts, once needed

  [[nodiscard]] const Decision& decided() const {
    if (!decision) {
      decision = options.noise ? decide_noisy(input, options, trials, {}, 1)
                               : decide(input, options, facts);
    }
    return *decision;
  }
};

Search::Search(SearchInput input, SearchOptions options)
    : state_(std::make_unique<State>(
          State{std::move(input), std::move(options), {}, {}, {}, {}})) {}
Search::~Search() = default;
Search::Search(Search&&) noexcept = default;
Search& Search::operator=(Search&&) noexcept = default;

std::vector<Proposal> Search::next(std::size_t idle) {
  std::vector<Proposal> proposals;
  const auto& decision = state_->decided();
  if (decision.finished) return proposals;
  auto propose = [&](const Place& place, Purpose purpose) {
    state_->running.insert(place);
    proposals.push_back({place.point(), purpose});
  };
  if (state_->options.noise) {
    const std::vector<Place> running(state_->running.begin(),
                                     state_->running.end());
    const auto now = decide_noisy(state_->input, state_->options,
                                  state_->trials, running, idle);
    for (const auto& [place, purpose] : now.wanted) {
      if (proposals.size() < idle) propose(place, purpose);
    }
    return proposals;
  }
  if (!decision.narrowing) {
    for (const auto& [place, purpose] : decision.wanted) {
      if (proposals.size() == idle) break;
      if (!state_->running.contains(place)) propose(place, purpose);
    }
    return proposals;
  }
  const Line& line = decision.narrowing->line;
  const Candidates& candidates = decision.narrowing->candidates;
  const unsigned found = decision.narrowing->found;
  const auto& vertices = candidates.vertices;
  std::vector<std::uint32_t> running;
  for (const auto& place : state_->running) {
    const auto vertex = line.vertex(place);
    if (!vertex) continue;
    const auto at = std::lower_bound(vertices.begin(), vertices.end(), *vertex);
    if (at != vertices.end() && *at == *vertex) {
      running.push_back(static_cast<std::uint32_t>(at - vertices.begin()));
    }
  }
  const auto weights =
      weigh(*decision.narrowing, state_->input, state_->options.spare > 0);
  Choice choice;
  choice.below = weights.below;
  choice.mass = weights.mass;
  choice.skipped = candidates.skipped;
  choice.skipped_elsewhere = candidates.skipped_elsewhere;
  choice.running = running;
  choice.budget = budget(*decision.narrowing, state_->options.spare);
  if (state_->input.seconds) {
    choice.calls = affordable_prices(line);
    choice.seconds = [&](std::uint32_t i) {
      return state_->input.seconds(line.place(vertices[i]).point());
    };
  }
  // With two or more found, try early whether they break without any other:
  // this keeps k culprits within k (ceil(log2 n) + 2) + 4 probes.
  const bool ask_alone = state_->options.spare == 0 && found >= 2 &&
                         vertices.front() == 0 && !candidates.skipped.front() &&
                         (found == 2 || candidates.known >= 1) &&
                         std::count(running.begin(), running.end(), 0U) == 0;
  if (ask_alone && idle > 0) {
    propose(line.place(0), Purpose::alone);
    running.push_back(0);
    choice.running = running;
    --idle;
  }
  for (const auto i : choose(choice, idle)) {
    propose(line.place(vertices[i]),
            vertices[i] == 0 ? Purpose::alone : Purpose::search);
  }
  return proposals;
}

void Search::record(const Point& point, const Observation& observation) {
  const auto place = Place::of(point);
  if (const auto it = state_->running.find(place);
      it != state_->running.end()) {
    state_->running.erase(it);
  }
  if (state_->options.noise) {
    state_->trials[place].push_back(observation);
  } else {
    state_->facts.insert_or_assign(place, observation);
  }
  state_->decision.reset();
}

void Search::expect(const Point& point) {
  state_->running.insert(Place::of(point));
}

void Search::cancel(const Point& point) {
  const auto it = state_->running.find(Place::of(point));
  if (it != state_->running.end()) state_->running.erase(it);
}

std::vector<Point> Search::obsolete() const {
  const auto& decision = state_->decided();
  std::vector<Point> points;
  // Behind a gate that lies every answer counts, until there is no question.
  if (state_->options.noise && !decision.finished) return points;
  for (const auto& place : state_->running) {
    bool useful = false;
    if (decision.narrowing) {
      const auto& [line, candidates, found] = *decision.narrowing;
      const auto vertex = line.vertex(place);
      useful = vertex && std::binary_search(candidates.vertices.begin(),
                                            candidates.vertices.end(), *vertex);
    } else {
      useful = std::any_of(
          decision.wanted.begin(), decision.wanted.end(),
          [&](const Wanted& wanted) { return wanted.place == place; });
    }
    if (!useful) points.push_back(place.point());
  }
  return points;
}

bool Search::finished() const {
  return state_->decided().finished;
}

Answer Search::answer() const {
  const auto& decision = state_->decided();
  auto answer = decision.answer;
  if (decision.finished) return answer;
  answer.outcome = Answer::Outcome::suspects;
  answer.suspects = decision.suspects;
  answer.probabilities = decision.beliefs;
  if (decision.narrowing) {
    const auto& [line, candidates, found] = *decision.narrowing;
    const auto own = weigh(*decision.narrowing, state_->input, true).own;
    answer.probabilities.assign(answer.suspects.size(), 1);
    double all = 0;
    for (std::size_t i = 0; i < candidates.vertices.size(); ++i) {
      const double weight = own.empty() ? 1 : own[i];
      all += weight;
      if (candidates.vertices[i] == 0) continue;
      answer.suspects.push_back(line.delta(candidates.vertices[i]));
      answer.probabilities.push_back(weight);
    }
    const auto first = answer.probabilities.size() -
                       (answer.suspects.size() - decision.suspects.size());
    for (auto i = first; all > 0 && i < answer.probabilities.size(); ++i) {
      answer.probabilities[i] /= all;
    }
  }
  if (answer.probabilities.size() != answer.suspects.size()) {
    answer.probabilities.clear();
  }
  return answer;
}

std::vector<Point> Search::ahead(std::size_t count) const {
  const auto& decision = state_->decided();
  std::vector<Point> points;
  if (decision.finished) return points;
  if (decision.narrowing) {
    const auto& [line, candidates, found] = *decision.narrowing;
    const auto& vertices = candidates.vertices;
    const auto step = std::max<std::size_t>(1, vertices.size() / (count + 1));
    // The last candidate is known.
    for (auto i = step - 1; i + 1 < vertices.size() && points.size() < count;
         i += step) {
      points.push_back(line.place(vertices[i]).point());
    }
  }
  for (const auto& [place, purpose] : decision.wanted) {
    if (points.size() < count) points.push_back(place.point());
  }
  return points;
}

Search::Left Search::left() const {
  const auto& decision = state_->decided();
  if (decision.finished) return {};
  return expected_left(decision, state_->input, state_->options);
}

}  // namespace rung
