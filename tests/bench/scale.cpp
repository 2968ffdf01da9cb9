#include "tests/bench/bench.hpp"

namespace rung::bench {

void scale() {
  {
    const auto history = fakes::linear(100'000);
    Search search({&history, 0, {}}, {});
    double most = 0;
    double own = 0;
    for (;;) {
      const double start = computed();
      const auto proposals = search.next();
      for (const auto& [point, purpose] : proposals) {
        search.record(point, has_commit(point, 77'777) ? bad() : good());
      }
      const double took = computed() - start;
      most = std::max(most, took);
      own += took;
      if (proposals.empty()) break;
    }
    fmt::print(
        "100,000 linear commits: dearest choice {:.2f} ms, all {:.1f} ms"
        ", peak {:.0f} MB\n",
        1e3 * most, 1e3 * own, peak_mb());
  }
  {
    Search search({nullptr, 1'000'000, {}}, {});
    double most = 0;
    unsigned probes = 0;
    for (;;) {
      const double start = computed();
      const auto proposals = search.next();
      most = std::max(most, computed() - start);
      if (proposals.empty()) break;
      for (const auto& [point, purpose] : proposals) {
        ++probes;
        search.record(point, std::binary_search(point.on.begin(),
                                                point.on.end(), 777'777U)
                                 ? bad()
                                 : good());
      }
    }
    fmt::print(
        "1,000,000 deltas: dearest choice {:.1f} ms, {} probes, peak "
        "{:.0f} MB\n",
        1e3 * most, probes, peak_mb());
  }
  {
    const auto history = fakes::linear(20'000);
    std::vector<std::pair<Point, Observation>> journal;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      journal.push_back({Point{2 * i, {}}, 2 * i > 12'345 ? bad() : good()});
    }
    const double start = computed();
    Search search({&history, 40, {}}, {});
    for (const auto& [point, observation] : journal) {
      search.record(point, observation);
    }
    (void)search.next(2);
    fmt::print("a journal of 10,000 verdicts replayed: {:.1f} ms\n",
               1e3 * (computed() - start));
  }
}

void arbitrary(int worlds) {
  std::mt19937_64 random(4 + other_worlds);
  unsigned accused = 0;
  unsigned culprits = 0;
  Sample sample;
  for (int trial = 0; trial < worlds; ++trial) {
    const auto deltas = 1 + static_cast<std::uint32_t>(random() % 12);
    const auto fails = 5 + random() % 90;
    const auto salt = random();
    std::vector<std::uint8_t> table(std::size_t{1} << deltas);
    std::mt19937_64 dice(salt);
    for (auto& entry : table) entry = dice() % 100 < fails;
    table.front() = 0;
    table.back() = 1;
    const SearchInput input{nullptr, deltas, {}};
    const auto world = [&](const Point& point) {
      std::size_t set = 0;
      for (const auto i : point.on) set |= std::size_t{1} << i;
      return table[set] ? bad() : good();
    };
    const auto run = play(input, world);
    const auto why = fakes::false_accusation(input, world, run.answer);
    if (!why.empty()) ++accused;
    culprits += run.answer.outcome == Answer::Outcome::culprit;
    sample.add(run.total);
  }
  fmt::print(
      "{} worlds of up to 12 deltas, any predicate: {} false "
      "accusations, {} with a culprit, {:.1f} probes (most {:.0f})\n",
      worlds, accused, culprits, sample.mean(), sample.most);
}

}  // namespace rung::bench
