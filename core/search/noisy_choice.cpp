#include "core/search/noisy_hunt.hpp"

namespace rung::noisy {

/// The most information per second, given that those running will answer too:
/// averaged over what they may say.
void NoisyStrategy::want(const Field& where, const Posterior& belief,
                         std::span<const RatePoint> rates,
                         std::vector<Tally> tallies, double none, bool proof) {
  constexpr std::size_t kPatterns = 4;  // running probes averaged over
  constexpr double kNothingToLearn = 1e-4;
  const Below below = where.order();
  Posterior::Masses masses;
  if (!where.linear) {
    masses = [&](std::span<const double> own) { return where.masses(own); };
  }
  std::vector<std::uint32_t> running;
  for (const auto& place : running_) {
    if (const auto i = where.index(place)) running.push_back(*i);
  }
  std::vector<std::uint8_t> hopeless(where.vertices.size(), 0);
  for (const auto& [place, unused] : trials_) {
    const auto i = where.index(place);
    if (i && untestable(place)) hopeless[*i] = 1;
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
      self(self, Posterior(where.prior, none, rates, more, below), more,
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
    auto purpose =
        where.vertices[*best] == 0 ? Purpose::alone : Purpose::search;
    if (proof) {
      purpose =
          where.below(*best)[belief.best()] ? Purpose::alone : Purpose::without;
    }
    decision_.wanted.push_back(
        {where.line.place(where.vertices[*best]), purpose});
    running.push_back(*best);
  }
}
}  // namespace rung::noisy
