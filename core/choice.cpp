#include "core/choice.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace rung {
namespace {

// The three numbers were chosen on simulated worlds (tests/bench): runs of 5,
// 20 and 50 % of 1,024 commits, and 10 and 30 % scattered.

/// A run is given up once so many of its places were tried and none could be
/// tested, unless the rest of it is short enough to try all.
constexpr std::size_t kEnough = 13;
constexpr std::size_t kShort = 16;
/// So many skips with nothing testable between them are taken for a run, and
/// one more for each that was met alone elsewhere.
constexpr std::size_t kRun = 6;

double entropy(double p) {
  if (p <= 0 || p >= 1) return 0;
  return -p * std::log2(p) - (1 - p) * std::log2(1 - p);
}

/// For each candidate how willing we are to try it, given the skips among
/// them: 0..1. One or two skips may stand alone, so a neighbour serves, a few
/// steps away. More of them with nothing testable between are taken for a run:
/// its two edges are found first, by halving what lies outside, the wider side
/// before the narrower; then some of the places inside are tried.
std::vector<double> willingness(std::span<const std::uint8_t> skipped,
                                std::size_t elsewhere) {
  const auto n = skipped.size();
  std::size_t skips = 0;
  std::size_t first = n;
  std::size_t last = 0;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    if (!skipped[i]) continue;
    ++skips;
    first = std::min(first, i);
    last = i;
  }
  std::vector<double> chance(n, 1.0);
  if (skips >= kRun + elsewhere) {
    const auto above = n - 2 - last;
    const bool inside = first == 0 && above == 0;
    const bool lower = first >= above;
    for (std::size_t i = 0; i + 1 < n; ++i) {
      const bool in_run = i >= first && i <= last;
      if (inside) {
        chance[i] = 1;
      } else if (in_run || (i < first) != lower) {
        chance[i] = 1e-6;
      } else {
        const double size = static_cast<double>(lower ? first : above);
        const double at =
            static_cast<double>(lower ? i : i - last - 1) + 0.5;
        chance[i] = entropy(at / size);
      }
    }
    return chance;
  }
  const double length = std::max(1.0, static_cast<double>(n) / 16);
  const double near = elsewhere == 0 ? 0.5 : 0;
  auto fade = [&](std::size_t i, std::size_t& distance, bool& seen) {
    if (skipped[i]) {
      seen = true;
      distance = 0;
    } else if (seen) {
      ++distance;
      chance[i] *= 1 - near * std::exp(-static_cast<double>(distance) / length);
    }
  };
  std::size_t distance = 0;
  bool seen = false;
  for (std::size_t i = 0; i < n; ++i) fade(i, distance, seen);
  seen = false;
  for (std::size_t i = n; i-- > 0;) fade(i, distance, seen);
  return chance;
}

/// A part of the candidates between two running probes.
struct Part {
  std::uint32_t below, above;  ///< in `below` counts: (below, above]
  std::uint32_t probes = 0;
  [[nodiscard]] double piece() const {
    return static_cast<double>(above - below) / (probes + 1);
  }
};

}  // namespace

bool nothing_to_gain(std::span<const std::uint8_t> skipped,
                     std::size_t elsewhere) {
  const auto open = skipped.size() - 1;
  const auto skips = static_cast<std::size_t>(
      std::count(skipped.begin(), skipped.end(), std::uint8_t{1}));
  if (skips == open) return true;
  if (skips < kEnough + 2 * elsewhere || open - skips <= kShort) return false;
  return skipped.front() && skipped[open - 1];
}

std::vector<std::uint32_t> choose(const Choice& choice, std::size_t count) {
  const auto total = static_cast<std::uint32_t>(choice.below.size());
  std::vector<std::uint8_t> taken(choice.skipped.begin(), choice.skipped.end());
  taken.back() = 1;
  std::vector<Part> parts{{0, total}};
  {
    std::vector<std::uint32_t> cuts;
    for (const auto i : choice.running) {
      taken[i] = 1;
      cuts.push_back(choice.below[i]);
    }
    std::sort(cuts.begin(), cuts.end());
    for (const auto cut : cuts) {
      parts.back().above = cut;
      parts.push_back({cut, total});
    }
  }
  auto free = static_cast<std::size_t>(
      std::count(taken.begin(), taken.end(), std::uint8_t{0}));
  std::vector<std::uint32_t> chosen;
  if (free == 0) return chosen;
  const bool any_skip =
      std::count(choice.skipped.begin(), choice.skipped.end(), 1) > 0;
  const auto chance =
      any_skip ? willingness(choice.skipped, choice.skipped_elsewhere) : std::vector<double>();

  // Spread the probes over the parts so that the largest piece is smallest.
  for (std::size_t i = 0; i < std::min(count, free); ++i) {
    ++std::max_element(parts.begin(), parts.end(),
                       [](const Part& a, const Part& b) {
                         return a.piece() < b.piece();
                       })
          ->probes;
  }
  for (const auto& part : parts) {
    for (std::uint32_t k = 1; k <= part.probes; ++k) {
      const double size = part.above - part.below;
      const double share = k / static_cast<double>(part.probes + 1);
      // How far from where it should cut, as the larger of the two sides.
      auto badness = [&](std::uint32_t i) {
        const double w = static_cast<double>(choice.below[i]) - part.below;
        return std::max(w / share, (size - w) / (1 - share));
      };
      auto gain = [&](std::uint32_t i) {
        const double w = static_cast<double>(choice.below[i]) - part.below;
        if (w <= 0 || w >= size) return 0.0;
        // The share of the cut moved to the middle, so that entropy serves.
        const double x = w / size;
        return entropy(x <= share ? x / share / 2
                                  : 1 - (1 - x) / (1 - share) / 2);
      };
      std::uint32_t best = UINT32_MAX;
      if (any_skip) {
        double most = -1;
        for (std::uint32_t i = 0; i < total; ++i) {
          if (taken[i]) continue;
          const double value = gain(i) * chance[i];
          if (value > most) {
            most = value;
            best = i;
          }
        }
      } else {
        double least = std::numeric_limits<double>::infinity();
        for (std::uint32_t i = 0; i < total; ++i) {
          if (taken[i]) continue;
          const double value = badness(i);
          if (value < least) {
            least = value;
            best = i;
          }
        }
        if (choice.seconds && part.probes == 1 && parts.size() == 1) {
          // Both sides must still fit into the probes that are left anyway.
          const auto fits = std::max(std::bit_ceil(total) / 2,
                                     std::max(choice.below[best],
                                              total - choice.below[best]));
          std::vector<std::uint32_t> allowed;
          for (std::uint32_t i = 0; i < total; ++i) {
            const auto w = choice.below[i];
            if (!taken[i] && w <= fits && total - w <= fits) {
              allowed.push_back(i);
            }
          }
          const auto step = std::max<std::size_t>(
              1, allowed.size() / std::max<std::size_t>(1, choice.calls));
          double most = gain(best) / std::max(1e-9, choice.seconds(best));
          for (std::size_t a = 0; a < allowed.size(); a += step) {
            const auto i = allowed[a];
            const double value =
                gain(i) / std::max(1e-9, choice.seconds(i));
            if (value > most * (1 + 1e-9)) {
              most = value;
              best = i;
            }
          }
        }
      }
      if (best == UINT32_MAX) break;
      taken[best] = 1;
      chosen.push_back(best);
    }
  }
  return chosen;
}

}  // namespace rung
