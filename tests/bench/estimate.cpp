#include <array>

#include "tests/bench/bench.hpp"

namespace rung::bench {
namespace {

/// A world drawn at random, and how it is searched.
struct Drawn {
  std::string kind;
  CommitGraph history;
  std::uint32_t deltas = 0;
  SearchOptions options;
  fakes::World world;
};

class Lottery {
 public:
  explicit Lottery(std::uint64_t seed) : random_(seed) {}

  Drawn draw() {
    const auto roll = below(100);
    if (roll < 30) return commits("linear", false);
    if (roll < 42) return commits("merged", true);
    if (roll < 57) return sets("deltas", false);
    if (roll < 67) return sets("deltas and commits", true);
    if (roll < 80) return untestable();
    return lies();
  }

 private:
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(random_() % n);
  }
  double chance() { return std::uniform_real_distribution<>(0, 1)(random_); }
  /// As often between 8 and 16 as between 1,024 and 2,048.
  std::uint32_t size(double most) {
    return static_cast<std::uint32_t>(
        std::exp2(3 + chance() * (std::log2(most) - 3)));
  }

  Drawn commits(const char* kind, bool merges) {
    Drawn drawn;
    drawn.kind = kind;
    const auto n = size(merges ? 1'024 : 4'096);
    drawn.history =
        merges ? fakes::random_history(n, 0.15, random_) : fakes::linear(n);
    const auto has = Ancestry{&drawn.history, false}.descendants(below(n));
    drawn.world = [has](const Point& point) {
      return point.commit != Point::kGoodCommit && has[point.commit] ? bad()
                                                                     : good();
    };
    return drawn;
  }

  Drawn sets(const char* kind, bool also_commits) {
    Drawn drawn;
    drawn.kind = kind;
    drawn.deltas = size(256);
    std::optional<std::uint32_t> commit;
    if (also_commits) {
      drawn.history = fakes::linear(size(1'024));
      if (chance() < 0.6) {
        commit = below(static_cast<std::uint32_t>(drawn.history.size()));
      }
    }
    const double roll = chance();
    std::size_t count = roll < 0.75 ? 1 : roll < 0.93 ? 2 : 3;
    if (commit) --count;
    std::set<std::uint32_t> set;
    while (set.size() < count) set.insert(below(drawn.deltas));
    drawn.world = [broken = breaks_with(set), commit](const Point& point) {
      if (commit && !has_commit(point, *commit)) return good();
      return broken(point);
    };
    return drawn;
  }

  Drawn untestable() {
    auto drawn = commits("skips", false);
    const auto n = static_cast<std::uint32_t>(drawn.history.size());
    std::vector<bool> none(n);
    if (chance() < 0.5) {
      const double rate = 0.3 * chance();
      for (std::uint32_t v = 0; v + 1 < n; ++v) none[v] = chance() < rate;
    } else {
      const auto length = 1 + below(n / 4);
      const auto begin = below(n - length);
      for (auto v = begin; v < begin + length && v + 1 < n; ++v) none[v] = true;
    }
    drawn.world = [world = drawn.world, none](const Point& point) {
      return point.commit != Point::kGoodCommit && none[point.commit]
                 ? skip()
                 : world(point);
    };
    return drawn;
  }

  Drawn lies() {
    static constexpr std::array kRates{0.0, 0.05, 0.1, 0.25};
    auto drawn = commits("flaky", false);
    const GateRates rates{kRates[below(4)], kRates[below(4)]};
    drawn.options.noise.emplace();
    if (chance() < 0.3) drawn.options.noise->known = rates;
    drawn.world = lying(drawn.world, rates, random_);
    return drawn;
  }

  std::mt19937_64 random_;
};

struct Coverage {
  unsigned first = 0, first_hit = 0, all = 0, hit = 0;
  double promised = 0, needed = 0;
  std::vector<double> ratios;
};

}  // namespace

/// Before each probe: does the number still needed lie where it was said to?
void estimate(int runs) {
  Lottery lottery(12 + other_worlds);
  std::map<std::string, Coverage> table;
  for (int i = 0; i < runs; ++i) {
    const auto drawn = lottery.draw();
    Search search({drawn.history.size() > 0 ? &drawn.history : nullptr,
                   drawn.deltas,
                   {},
                   {}},
                  drawn.options);
    std::vector<Search::Left> said;
    unsigned probes = 0;
    while (!search.finished() && probes < 2'000) {
      for (const auto& [point, purpose] : search.next()) {
        said.push_back(search.left());
        ++probes;
        search.record(point, drawn.world(point));
      }
    }
    for (const std::string& name : {drawn.kind, std::string("all")}) {
      auto& row = table[name];
      for (std::size_t at = 2; at < said.size(); ++at) {
        const auto needed = static_cast<unsigned>(said.size() - at);
        const bool hit = said[at].low <= needed && needed <= said[at].high;
        ++row.all;
        row.hit += hit;
        if (at > 2) continue;
        ++row.first;
        row.first_hit += hit;
        row.promised += said[at].expected;
        row.needed += needed;
        row.ratios.push_back(needed / said[at].expected);
      }
    }
  }
  fmt::print(
      "estimates: {} runs; needed probes within the stated 90 % interval\n",
      runs);
  for (auto& [name, row] : table) {
    std::sort(row.ratios.begin(), row.ratios.end());
    const auto n = row.ratios.size();
    fmt::print(
        "  {:<20} first {:5.1f} %, before each probe {:5.1f} %, needed / "
        "expected: mean {:.2f}, 5 % {:.2f}, 95 % {:.2f}\n",
        name, 100.0 * row.first_hit / row.first, 100.0 * row.hit / row.all,
        row.needed / row.promised, row.ratios[n / 20],
        row.ratios[n - 1 - n / 20]);
  }
}

}  // namespace rung::bench
