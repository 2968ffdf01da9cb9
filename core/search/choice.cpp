#include "core/search/choice.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

namespace rung {
namespace {

// The three numbers were chosen on simulated worlds (tests/bench): runs of 5,
// 20 and 50 % of 1,024 commits, and 10 and 30 % scattered.

/// A run is given up once so many of its places were tried and none could be
/// tested, unless the rest of it is short enough to try all.
constexpr std::size_t kEnough = 13;
constexpr std::size_t kShort = 32;
/// So many skips with nothing testable between them are taken for a run, and
/// one more for each that was met alone elsewhere.
constexpr std::size_t kRun = 6;

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
        const double at = static_cast<double>(lower ? i : i - last - 1) + 0.5;
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

/// A part of the belief between two probes that are running.
struct Part {
  double below = 0, above = 0;
  unsigned probes = 0;
  [[nodiscard]] double size() const { return above - below; }
  [[nodiscard]] double piece() const { return size() / (probes + 1); }
};

/// The running probes cut the belief; the new ones go where the largest pieces
/// would be left.
std::vector<Part> spread(std::vector<double> cuts, double all,
                         std::size_t count) {
  std::sort(cuts.begin(), cuts.end());
  std::vector<Part> parts{{0, all, 0}};
  for (const auto cut : cuts) {
    parts.back().above = cut;
    parts.push_back({cut, all, 0});
  }
  for (std::size_t i = 0; i < count; ++i) {
    ++std::max_element(
          parts.begin(), parts.end(),
          [](const Part& a, const Part& b) { return a.piece() < b.piece(); })
          ->probes;
  }
  return parts;
}

class Chooser {
 public:
  explicit Chooser(const Choice& choice)
      : choice_(choice),
        total_(static_cast<std::uint32_t>(choice.below.size())),
        taken_(choice.skipped.begin(), choice.skipped.end()) {
    any_skip_ = std::count(taken_.begin(), taken_.end(), 1) > 0;
    if (any_skip_) {
      willing_ = willingness(choice.skipped, choice.skipped_elsewhere);
    }
    taken_.back() = 1;
    for (const auto i : choice.running) taken_[i] = 1;
  }

  std::vector<std::uint32_t> run(std::size_t count) {
    const auto free =
        static_cast<std::size_t>(std::count(taken_.begin(), taken_.end(), 0));
    std::vector<double> cuts;
    for (const auto i : choice_.running) cuts.push_back(mass(i));
    const auto parts =
        spread(std::move(cuts), mass(total_ - 1), std::min(count, free));
    const bool one = parts.size() == 1 && parts.front().probes == 1;
    std::vector<std::uint32_t> chosen;
    for (const auto& part : parts) {
      for (unsigned k = 1; k <= part.probes; ++k) {
        const double share = k / (part.probes + 1.0);
        const auto best = one ? best_alone(part) : best_cut(part, share);
        if (!best) break;
        taken_[*best] = 1;
        chosen.push_back(*best);
      }
    }
    return chosen;
  }

 private:
  [[nodiscard]] double mass(std::uint32_t i) const {
    return choice_.mass.empty() ? choice_.below[i] : choice_.mass[i];
  }
  [[nodiscard]] double share_of(const Part& part, std::uint32_t i) const {
    return (mass(i) - part.below) / part.size();
  }

  template <class Value>
  std::optional<std::uint32_t> most(Value value) const {
    std::optional<std::uint32_t> best;
    double highest = -std::numeric_limits<double>::infinity();
    for (std::uint32_t i = 0; i < total_; ++i) {
      if (taken_[i]) continue;
      const double v = value(i);
      if (best && v <= highest) continue;
      highest = v;
      best = i;
    }
    return best;
  }

  /// The candidate that cuts off nearest to `share` of the part.
  [[nodiscard]] std::optional<std::uint32_t> best_cut(const Part& part,
                                                      double share) const {
    if (!any_skip_) {
      return most([&](std::uint32_t i) {
        const double w = share_of(part, i);
        return -std::max(w / share, (1 - w) / (1 - share));
      });
    }
    return most([&](std::uint32_t i) {
      const double w = share_of(part, i);
      if (w <= 0 || w >= 1) return 0.0;
      // The cut wished for is moved to the middle, so that entropy serves.
      return willing_[i] * entropy(w <= share ? w / share / 2
                                              : 1 - (1 - w) / (1 - share) / 2);
    });
  }

  /// The largest side the budget lets a probe leave.
  [[nodiscard]] std::uint32_t largest_side() const {
    const auto floor = static_cast<unsigned>(std::bit_width(total_ - 1));
    const auto halvings = std::clamp(choice_.budget, floor, 31U) - 1;
    auto allowed = std::uint32_t{1} << halvings;
    // Merged history may offer no such point: then the best there is.
    auto best = total_;
    for (std::uint32_t i = 0; i < total_; ++i) {
      if (!taken_[i]) best = std::min(best, side(i));
    }
    return std::max(allowed, best);
  }
  [[nodiscard]] std::uint32_t side(std::uint32_t i) const {
    return std::max(choice_.below[i], total_ - choice_.below[i]);
  }

  [[nodiscard]] std::optional<std::uint32_t> best_alone(
      const Part& part) const {
    if (any_skip_ || (choice_.mass.empty() && !choice_.seconds)) {
      return best_cut(part, 0.5);
    }
    const auto allowed = largest_side();
    auto balance = [&](std::uint32_t i) {
      if (side(i) > allowed) return -1.0;
      const double w = share_of(part, i);
      return std::min(w, 1 - w);
    };
    auto best = most(balance);
    if (!best || !choice_.seconds) return best;
    std::vector<std::uint32_t> priced;
    for (std::uint32_t i = 0; i < total_; ++i) {
      if (!taken_[i] && side(i) <= allowed) priced.push_back(i);
    }
    const auto step = (priced.size() + choice_.calls - 1) /
                      std::max<std::size_t>(1, choice_.calls);
    auto value = [&](std::uint32_t i) {
      return entropy(share_of(part, i)) / std::max(1e-9, choice_.seconds(i));
    };
    double highest = value(*best);
    for (std::size_t p = 0; p < priced.size();
         p += std::max<std::size_t>(1, step)) {
      const double v = value(priced[p]);
      if (v <= highest * (1 + 1e-9)) continue;
      highest = v;
      best = priced[p];
    }
    return best;
  }

  const Choice& choice_;
  std::uint32_t total_;
  std::vector<std::uint8_t> taken_;
  bool any_skip_ = false;
  std::vector<double> willing_;
};

}  // namespace

double entropy(double p) {
  if (p <= 0 || p >= 1) return 0;
  return -p * std::log2(p) - (1 - p) * std::log2(1 - p);
}

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
  return Chooser(choice).run(count);
}

}  // namespace rung
