#pragma once

// The implementation of decide_noisy() (noisy_strategy.hpp), in its own file
// only to keep the files short: only core/search/noisy_*.cpp include this.

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include "core/search/culprit.hpp"
#include "core/search/noisy_strategy.hpp"
#include "core/search/posterior.hpp"

namespace rung::noisy {

inline constexpr auto kGood = Point::kGoodCommit;
/// Used in place of a vertex: no delta breaks.
inline constexpr auto kNobody = UINT32_MAX;
/// To accuse a delta when nothing broke is by far the worse mistake. "Nothing
/// broke" must be less likely than this before rung accuses one.
inline constexpr double kInnocence = 5e-5;

/// The candidates of a line in the form that Posterior needs.
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
  /// The same for all of them, in the form that Posterior needs.
  [[nodiscard]] Below order() const {
    if (linear) return {};
    return [this](std::uint32_t i) { return below(i); };
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
    if (!decision_.finished && decision_.wanted.empty() && running_.empty()) {
      // No probe would tell more. That is also an answer, whatever the reason.
      decision_.finished = true;
      auto& answer = decision_.answer;
      answer.outcome = decision_.controls_hold ? Answer::Outcome::suspects
                                               : Answer::Outcome::no_verdict;
      if (decision_.controls_hold && answer.suspects.empty()) {
        suspect(decision_.suspects);
      }
    }
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
  /// Why a place could not be judged.
  [[nodiscard]] std::optional<Failure> skipped_at(const Place& place) const;
  /// Probes of this place nearly always ended without a verdict. More of them
  /// would never end.
  [[nodiscard]] bool untestable(const Place& place) const {
    const auto seen = count(place);
    return seen.skips > 3 * (seen.passes + seen.fails);
  }
  // Functions that can need a probe return false or nullopt if they do. Either
  // decision_ then holds the probe, or stuck_ is set: no probe can help.

  bool run();
  bool controls(const Upper& bad);
  std::optional<Culprit> minimal(const Line& line, std::uint32_t vertex);
  bool prove(const Culprit& culprit);
  /// Whether the place is broken. nullopt: this is not sure yet and probes are
  /// wanted, or the place cannot be judged (stuck_).
  std::optional<bool> broken(const Place& place, double prior, Purpose purpose);
  /// The step that breaks, or kNobody.
  std::optional<std::uint32_t> locate(const Line& line, std::uint32_t end,
                                      unsigned found, double none);
  [[nodiscard]] std::vector<Tally> tallies(const Field& where,
                                           std::uint64_t& spent) const;
  void learn_from_low_end(const Field& where);
  struct Suspicion {
    std::vector<DeltaRef> refs;
    std::vector<double> beliefs;  ///< parallel to refs
    double bits = 0;              ///< still unknown, over all candidates
  };
  [[nodiscard]] Suspicion suspicion(const Field& where,
                                    const Posterior& belief) const;
  [[nodiscard]] double probes_left(const Posterior& belief, double bits,
                                   bool innocent_possible) const;
  [[nodiscard]] Place place_below(const Line& line, std::uint32_t vertex) const;
  bool seen_from_both_sides(const Line& line, std::uint32_t vertex,
                            unsigned found);
  /// `belief` is the posterior from `rates` and `tallies`. `proof`: the best
  /// candidate is accused, and probes are for or against it.
  void want(const Field& field, const Posterior& belief,
            std::span<const RatePoint> rates, std::vector<Tally> tallies,
            double none, bool proof);
  void want(const Place& place, Purpose purpose) {
    // A probe of this place is already running.
    if (std::find(running_.begin(), running_.end(), place) == running_.end()) {
      decision_.wanted.push_back({place, purpose});
    }
  }
  [[nodiscard]] Field field(const Line& line, std::uint32_t end,
                            unsigned found) const;
  /// How sure each of several steps must be so that all together are as sure as
  /// asked.
  [[nodiscard]] double sure() const {
    return 1 - (1 - noise_.confidence) / (input_.deltas > 0 ? 3 : 1);
  }
  /// The same before a step counts as proved: it is higher for a gate whose
  /// rates are not known.
  [[nodiscard]] double sure_of_proof() const {
    return noise_.known ? sure() : 1 - 0.6 * (1 - sure());
  }
  void suspect(std::vector<DeltaRef> refs) {
    decision_.answer.suspects = sorted(std::move(refs));
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
}  // namespace rung::noisy
