#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/search/search.hpp"

namespace rung {

/// One pair of error rates and how likely it is that the gate has them.
struct RatePoint {
  GateRates rates;
  double probability = 0;
  /// The same under a nearly flat prior: nearly any rate is as likely as
  /// another. It applies if nothing is broken, because then the bad release
  /// failed only through the gate's fault; and an accusation must also hold
  /// under it.
  double if_distrusted = 0;
};

/// The rates under the nearly flat prior.
std::vector<RatePoint> distrusted(std::vector<RatePoint> rates);

/// The prior for a gate before the search: one point if its rates are known;
/// else a grid, weighted by the runs on record.
std::vector<RatePoint> rate_prior(const Noise& noise);

/// The most bits that one probe of a gate with these rates can tell: the
/// capacity of the binary channel "broken?" -> "fails?".
double capacity(const GateRates& rates);
/// The most bits that one probe can tell for a correct hypothesis: the larger
/// divergence of the two laws. A certain one counts as 10.
double confirmation(const GateRates& rates);

/// Passes and failures counted at one candidate.
struct Tally {
  std::uint32_t candidate = 0;
  std::uint32_t passes = 0, fails = 0;
};

/// The candidates below candidate i (itself included), which are switched on in
/// a probe of i. Flags, one for each candidate. Unset: the candidates are one
/// line, and 0..i lie below i.
using Below = std::function<std::vector<std::uint8_t>(std::uint32_t)>;

/// Belief over which candidate is the first that breaks (or none), and over how
/// often the gate is wrong, from counts of passes and failures.
///
/// Candidates that no probe has distinguished share their likelihood, so the
/// work is one table of (rates x classes), whatever the number of candidates.
class Posterior {
 public:
  /// `prior` per candidate and `none`: any common scale.
  Posterior(std::span<const double> prior, double none,
            std::span<const RatePoint> rates, std::span<const Tally> tallies,
            const Below& below);

  [[nodiscard]] double probability(std::uint32_t candidate) const {
    return prior_[candidate] * classes_[class_of_[candidate]].likelihood;
  }
  [[nodiscard]] double none() const { return none_; }
  [[nodiscard]] std::uint32_t best() const { return best_; }
  /// Belief in the rates, all candidates taken together.
  [[nodiscard]] std::vector<RatePoint> rates() const { return rates_; }
  /// The expected bits that a probe of each candidate tells about which
  /// candidate breaks. `masses(weights)` adds up weights below each candidate;
  /// unset for one line.
  using Masses = std::function<std::vector<double>(std::span<const double>)>;
  [[nodiscard]] std::vector<double> information(const Masses& masses) const;
  /// If `candidate` breaks: whether a probe with it on is stronger evidence
  /// against "nothing broke" than one with it off.
  [[nodiscard]] bool tells_more_above(std::uint32_t candidate) const;
  /// The probability that a probe with `below` (flags) switched on fails.
  [[nodiscard]] double fails(std::span<const std::uint8_t> below) const;

 private:
  /// Candidates with the same probes below and above them.
  struct Class {
    std::vector<std::uint8_t> covered;  ///< by tally
    double prior = 0;
    double likelihood = 0;  ///< normalised: prior x this = belief
    double fail_if_broken = 1, fail_if_sound = 0;  ///< expected, in this class
  };

  std::vector<double> prior_;
  double none_ = 0;
  double none_fail_ = 0;  ///< how often a probe fails if nothing is broken
  std::vector<std::uint32_t> class_of_;
  std::vector<Class> classes_;
  std::vector<RatePoint> rates_;
  std::uint32_t best_ = 0;
};

}  // namespace rung
