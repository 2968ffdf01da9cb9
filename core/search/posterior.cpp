#include "core/search/posterior.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "core/search/choice.hpp"

namespace rung {
namespace {

/// A rate of exactly 0 makes one contradiction final; this leaves a way back
/// and costs nothing that can be measured.
constexpr double kNever = 1e-6;

double safe(double rate) {
  return std::clamp(rate, kNever, 1 - kNever);
}

/// A broken release passes most of the time where what broke is a race; a sound
/// one that fails more often than every other time is none.
constexpr std::array kRates{0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25,
                            0.3, 0.35, 0.4,  0.5,  0.6, 0.7,  0.8};
constexpr double kMostAlarms = 0.5;
using Weighed = std::array<double, kRates.size()>;

/// The part of the scale that rate k of the grid stands for.
double spacing(std::size_t k) {
  const auto above = kRates[std::min(k + 1, kRates.size() - 1)];
  return (above - kRates[k > 0 ? k - 1 : 0]) / 2;
}

/// Belief in each rate: `never` in 0 exactly, the rest around `middle`, two
/// thirds of it within a factor of e^`spread`, none above `most`.
Weighed weighed(double never, double middle, double spread, double most = 1) {
  Weighed weights{};
  for (std::size_t k = 1; k < kRates.size() && kRates[k] <= most; ++k) {
    const double off = std::log(kRates[k] / middle) / spread;
    weights[k] = spacing(k) / kRates[k] * std::exp(-off * off / 2);
  }
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight *= (1 - never) / all;
  weights.front() = never;
  return weights;
}

/// Belief, on any scale, in each rate of a gate that is not trusted.
Weighed lies_if_distrusted() {
  constexpr double kNeverLies = 0.08;
  Weighed weights{};
  for (std::size_t k = 0; k < kRates.size(); ++k) weights[k] = spacing(k);
  weights.front() += kNeverLies;
  return weights;
}

/// The same, but a gate that fails what is sound every other time would be
/// known for it; believed likely, it would explain any row of verdicts.
Weighed alarms_if_distrusted() {
  Weighed weights = lies_if_distrusted();
  for (std::size_t k = 0; k < kRates.size(); ++k) {
    const double alarm = kRates[k];
    weights[k] *= alarm < 0.31           ? 1
                  : alarm < 0.36         ? 0.5
                  : alarm < 0.41         ? 0.15
                  : alarm <= kMostAlarms ? 0.03
                                         : 0;
  }
  return weights;
}

/// Bits by which events of probability p are expected to speak against q.
double divergence(double p, double q) {
  p = safe(p);
  q = safe(q);
  return p * std::log2(p / q) + (1 - p) * std::log2((1 - p) / (1 - q));
}

}  // namespace

std::vector<RatePoint> rate_prior(const Noise& noise) {
  std::vector<RatePoint> grid;
  if (noise.known) {
    grid.push_back({*noise.known, 1, 1});
    return grid;
  }
  // Many gates never lie in one direction; the others do so a few times in a
  // hundred, or in ten. What is broken passes more often than what is sound
  // fails: that would have been noticed.
  static const Weighed lies = weighed(0.45, 0.16, 0.8);
  static const Weighed alarms = weighed(0.25, 0.08, 0.65, kMostAlarms);
  static const Weighed distrusted_lies = lies_if_distrusted();
  static const Weighed distrusted_alarms = alarms_if_distrusted();
  double all = 0;
  double all_distrusted = 0;
  for (std::size_t i = 0; i < kRates.size(); ++i) {
    for (std::size_t j = 0; j < kRates.size(); ++j) {
      const double lie = kRates[i];
      const double alarm = kRates[j];
      if (alarm > kMostAlarms || 1 - lie <= alarm + 0.15) continue;
      const double likelihood =
          std::exp(noise.healthy_passes * std::log(1 - safe(alarm)) +
                   noise.healthy_fails * std::log(safe(alarm)));
      const double p = lies[i] * alarms[j] * likelihood;
      const double q = distrusted_lies[i] * distrusted_alarms[j] * likelihood;
      grid.push_back({{lie, alarm}, p, q});
      all += p;
      all_distrusted += q;
    }
  }
  for (auto& point : grid) {
    point.probability /= all;
    point.if_distrusted /= all_distrusted;
  }
  return grid;
}

std::vector<RatePoint> distrusted(std::vector<RatePoint> rates) {
  for (auto& point : rates) point.probability = point.if_distrusted;
  return rates;
}

double capacity(const GateRates& rates) {
  const double broken = 1 - rates.pass_when_broken;
  const double sound = rates.fail_when_sound;
  auto information = [&](double p) {
    return entropy(p * broken + (1 - p) * sound) - p * entropy(broken) -
           (1 - p) * entropy(sound);
  };
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    (information(a) < information(b) ? low : high) =
        information(a) < information(b) ? a : b;
  }
  return information(low);
}

double confirmation(const GateRates& rates) {
  const double broken = 1 - rates.pass_when_broken;
  const double sound = rates.fail_when_sound;
  return std::min(
      10.0, std::max(divergence(broken, sound), divergence(sound, broken)));
}

Posterior::Posterior(std::span<const double> prior, double none,
                     std::span<const RatePoint> rates,
                     std::span<const Tally> tallies, const Below& below)
    : prior_(prior.begin(), prior.end()),
      class_of_(prior.size(), 0),
      rates_(rates.begin(), rates.end()) {
  std::vector<Tally> sorted(tallies.begin(), tallies.end());
  std::sort(sorted.begin(), sorted.end(), [](const Tally& a, const Tally& b) {
    return a.candidate < b.candidate;
  });
  // The classes.
  const auto n = static_cast<std::uint32_t>(prior_.size());
  if (!below) {
    for (std::size_t s = 0; s <= sorted.size(); ++s) {
      Class one;
      one.covered.assign(sorted.size(), 0);
      std::fill(one.covered.begin() + static_cast<std::ptrdiff_t>(s),
                one.covered.end(), std::uint8_t{1});
      classes_.push_back(std::move(one));
    }
    std::uint32_t s = 0;
    for (std::uint32_t c = 0; c < n; ++c) {
      while (s < sorted.size() && sorted[s].candidate < c) ++s;
      class_of_[c] = s;
    }
  } else {
    classes_.emplace_back();
    for (const auto& tally : sorted) {
      const auto flags = below(tally.candidate);
      std::map<std::pair<std::uint32_t, std::uint8_t>, std::uint32_t> split;
      std::vector<Class> next;
      for (std::uint32_t c = 0; c < n; ++c) {
        const auto [at, fresh] = split.try_emplace(
            {class_of_[c], flags[c]}, static_cast<std::uint32_t>(next.size()));
        if (fresh) {
          next.push_back(classes_[class_of_[c]]);
          next.back().covered.push_back(flags[c]);
        }
        class_of_[c] = at->second;
      }
      classes_ = std::move(next);
    }
  }
  for (std::uint32_t c = 0; c < n; ++c) {
    classes_[class_of_[c]].prior += prior_[c];
  }
  const auto nothing = static_cast<std::uint32_t>(classes_.size());
  Class none_class;
  none_class.covered.assign(sorted.size(), 0);
  none_class.prior = none;
  classes_.push_back(std::move(none_class));

  // log likelihood of each (rates, class).
  const auto g = rates_.size();
  std::vector<double> table(g * classes_.size());
  double highest = -INFINITY;
  for (std::size_t r = 0; r < g; ++r) {
    const double lie = safe(rates_[r].rates.pass_when_broken);
    const double alarm = safe(rates_[r].rates.fail_when_sound);
    const double broken_fail = std::log(1 - lie), broken_pass = std::log(lie);
    const double sound_fail = std::log(alarm), sound_pass = std::log(1 - alarm);
    for (std::size_t k = 0; k < classes_.size(); ++k) {
      const auto& [unused, trusted, if_distrusted] = rates_[r];
      double sum =
          std::log(std::max(1e-300, k == nothing ? if_distrusted : trusted));
      for (std::size_t t = 0; t < sorted.size(); ++t) {
        sum +=
            classes_[k].covered[t]
                ? sorted[t].fails * broken_fail + sorted[t].passes * broken_pass
                : sorted[t].fails * sound_fail + sorted[t].passes * sound_pass;
      }
      table[r * classes_.size() + k] = sum;
      if (classes_[k].prior > 0) highest = std::max(highest, sum);
    }
  }
  double all = 0;
  std::vector<double> rate_mass(g, 0);
  for (std::size_t k = 0; k < classes_.size(); ++k) {
    auto& one = classes_[k];
    double likelihood = 0, broken = 0, sound = 0;
    for (std::size_t r = 0; r < g; ++r) {
      const double p = std::exp(table[r * classes_.size() + k] - highest);
      likelihood += p;
      broken += p * (1 - rates_[r].rates.pass_when_broken);
      sound += p * rates_[r].rates.fail_when_sound;
      rate_mass[r] += p * one.prior;
    }
    one.likelihood = likelihood;
    if (likelihood > 0) {
      one.fail_if_broken = broken / likelihood;
      one.fail_if_sound = sound / likelihood;
    }
    all += likelihood * one.prior;
  }
  for (auto& one : classes_) one.likelihood /= all;
  for (std::size_t r = 0; r < g; ++r) {
    rates_[r].probability = rates_[r].if_distrusted = rate_mass[r] / all;
  }
  none_ = classes_[nothing].likelihood * none;
  none_fail_ = classes_[nothing].fail_if_sound;
  for (std::uint32_t c = 1; c < n; ++c) {
    if (probability(c) > probability(best_)) best_ = c;
  }
}

bool Posterior::tells_more_above(std::uint32_t candidate) const {
  const auto& one = classes_[class_of_[candidate]];
  return divergence(one.fail_if_broken, none_fail_) >=
         divergence(one.fail_if_sound, none_fail_);
}

double Posterior::fails(std::span<const std::uint8_t> below) const {
  double p = none_ * none_fail_;
  for (std::uint32_t c = 0; c < prior_.size(); ++c) {
    const auto& one = classes_[class_of_[c]];
    p += probability(c) * (below[c] ? one.fail_if_broken : one.fail_if_sound);
  }
  return p;
}

std::vector<double> Posterior::information(const Masses& masses) const {
  const auto n = prior_.size();
  // If candidate c breaks, a probe above it fails with fail_if_broken of its
  // class, one elsewhere with fail_if_sound.
  double fail = none_ * none_fail_;
  double doubt = none_ * entropy(none_fail_);
  std::vector<double> fail_more(n), doubt_more(n);
  std::vector<double> sound_doubt(classes_.size()),
      broken_doubt(classes_.size());
  for (std::size_t k = 0; k < classes_.size(); ++k) {
    sound_doubt[k] = entropy(classes_[k].fail_if_sound);
    broken_doubt[k] = entropy(classes_[k].fail_if_broken);
  }
  for (std::uint32_t c = 0; c < n; ++c) {
    const auto k = class_of_[c];
    const double p = probability(c);
    fail += p * classes_[k].fail_if_sound;
    doubt += p * sound_doubt[k];
    fail_more[c] = p * (classes_[k].fail_if_broken - classes_[k].fail_if_sound);
    doubt_more[c] = p * (broken_doubt[k] - sound_doubt[k]);
  }
  if (masses) {
    fail_more = masses(fail_more);
    doubt_more = masses(doubt_more);
  } else {
    std::partial_sum(fail_more.begin(), fail_more.end(), fail_more.begin());
    std::partial_sum(doubt_more.begin(), doubt_more.end(), doubt_more.begin());
  }
  std::vector<double> bits(n);
  for (std::size_t i = 0; i < n; ++i) {
    bits[i] = entropy(fail + fail_more[i]) - (doubt + doubt_more[i]);
  }
  return bits;
}

}  // namespace rung
