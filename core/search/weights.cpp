#include "core/search/weights.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace rung {
namespace {

/// Adds up along the candidates: the chain, then the commits above all of it.
template <class Sum, class Commits>
std::vector<Sum> accumulated(const std::vector<Sum>& own, std::size_t chained,
                             Commits commits) {
  std::vector<Sum> below(own.size());
  std::partial_sum(own.begin(),
                   own.begin() + static_cast<std::ptrdiff_t>(chained),
                   below.begin());
  if (chained == own.size()) return below;
  const Sum base = chained > 0 ? below[chained - 1] : Sum{};
  const auto sums = commits();
  for (std::size_t i = chained; i < own.size(); ++i) {
    below[i] = base + sums[i - chained];
  }
  return below;
}

}  // namespace

namespace {

/// How likely it is that k deltas are needed together, on any scale. Chosen on
/// the worlds of tests/bench, so that no k pays much for the others.
double likely_size(std::uint32_t k) {
  constexpr double kOne = 1, kTwo = 0.565, kThree = 0.37, kMore = 0.6;
  if (k <= 1) return kOne;
  return k == 2 ? kTwo : kThree * std::pow(kMore, k - 3.0);
}

}  // namespace

std::vector<double> company_prior(std::uint32_t all, std::uint32_t found,
                                  std::uint32_t prefix) {
  // Every set of k is equally likely. With the last `found` of it known,
  // P(k' more, the highest at j) is proportional to
  // P(found + k') C(j - 1, k' - 1) / C(all, found + k').
  constexpr std::uint32_t kMost = 64;
  std::vector<double> prior(prefix + 1);
  const double n = std::max(all, prefix + found);
  const double i = found;
  prior[0] = likely_size(found);
  for (std::uint32_t j = 1; j <= prefix; ++j) {
    double term = (i + 1) / (n - i);
    double sum = term * likely_size(found + 1);
    for (std::uint32_t k = 1; k < kMost && k < j; ++k) {
      if (n - i - k <= 0) break;
      term *= (i + k + 1) / (n - i - k) * (j - k) / k;
      const double more = term * likely_size(found + k + 1);
      sum += more;
      if (more < 1e-9 * sum) break;
    }
    prior[j] = sum;
  }
  return prior;
}

unsigned budget(const Narrowing& narrowing, unsigned spare) {
  const auto& [line, candidates, found] = narrowing;
  const auto all = line.chain.size() + (line.commits ? line.history.size() : 0);
  const auto begun =
      spare + static_cast<unsigned>(std::bit_width(all > 0 ? all - 1 : 0));
  return begun > candidates.known ? begun - candidates.known : 0;
}

namespace {

double risk_of(const SearchInput& input, const DeltaRef& delta) {
  return input.risk ? std::max(1e-12, input.risk(delta)) : 1;
}

/// company_prior along a chain whose deltas differ in risk: positions are
/// measured in risk, so that one risky delta counts as many. By vertex.
std::vector<double> company_belief(const Line& line, const SearchInput& input,
                                   unsigned found) {
  const auto length = line.chain.size();
  std::vector<double> risks;
  risks.reserve(length);
  double all = 0;
  for (std::uint32_t vertex = 1; vertex <= length; ++vertex) {
    risks.push_back(risk_of(input, line.delta(vertex)));
    all += risks.back();
  }
  const auto prior = company_prior(input.deltas, found, length);
  std::vector<double> belief;
  belief.reserve(length + 1);
  belief.push_back(prior.front());
  double before = 0;
  for (const double risk : risks) {
    const double middle = (before + risk / 2) / all * length + 0.5;
    before += risk;
    const auto position = std::clamp<std::uint32_t>(
        static_cast<std::uint32_t>(middle), 1, length);
    belief.push_back(prior[position] * risk * length / all);
  }
  return belief;
}

}  // namespace

Weights weigh(const Narrowing& narrowing, const SearchInput& input,
              bool relaxed) {
  // Beyond that the choice would take longer than it saves.
  constexpr std::uint32_t kLong = 20'000;
  const Line& line = narrowing.line;
  const auto& vertices = narrowing.candidates.vertices;
  const unsigned found = narrowing.found;
  const auto chained = static_cast<std::size_t>(
      std::lower_bound(vertices.begin(), vertices.end(),
                       line.vertex_of_commit(0)) -
      vertices.begin());
  std::vector<std::uint32_t> commits;
  commits.reserve(vertices.size() - chained);
  for (std::size_t i = chained; i < vertices.size(); ++i) {
    commits.push_back(line.commit(vertices[i]));
  }
  Weights weights;
  weights.below = accumulated<std::uint32_t>(
      std::vector<std::uint32_t>(vertices.size(), 1), chained,
      [&] { return ancestor_counts(line.history, commits); });

  const bool company =
      (found > 0 || (relaxed && !line.commits)) && line.chain.size() <= kLong;
  if (!input.risk && !company) return weights;
  weights.own.reserve(vertices.size());
  if (company) {
    const auto belief = company_belief(line, input, found);
    for (const auto vertex : vertices) weights.own.push_back(belief[vertex]);
  } else {
    for (const auto vertex : vertices) {
      weights.own.push_back(vertex == 0 ? 0
                                        : risk_of(input, line.delta(vertex)));
    }
  }
  weights.mass = accumulated<double>(weights.own, chained, [&] {
    return ancestor_masses(line.history, commits,
                           std::span(weights.own).subspan(chained));
  });
  return weights;
}

}  // namespace rung
