#include "tests/bench/bench.hpp"

namespace rung::bench {

namespace {

std::uint32_t merges_in(const CommitGraph& history) {
  std::uint32_t count = 0;
  for (std::size_t v = 0; v < history.size(); ++v) {
    count += history.parents_of(v).size() > 1;
  }
  return count;
}

}  // namespace

void ordered() {
  std::mt19937_64 random(1 + other_worlds);
  for (const std::uint32_t n : {64U, 1'024U, 65'536U}) {
    const auto history = fakes::linear(n);
    Sample sample;
    for (int trial = 0; trial < 200; ++trial) {
      const auto culprit = static_cast<std::uint32_t>(random() % n);
      const auto run = play({&history, 0, {}}, breaks_from(culprit));
      sample.add(searched(run), names(run, culprit));
    }
    row(fmt::format("ordered, 1 culprit, n = {}", n), sample,
        fmt::format("{}", std::bit_width(n - 1)),
        n == 64     ? "git 6, bayesect 13"
        : n == 1024 ? "git 10, bayesect 18"
                    : "git 16, bayesect 24");
  }
}

void merged(std::uint32_t n, double rate) {
  std::mt19937_64 random(2 + other_worlds);
  const auto history = fakes::random_history(n, rate, random);
  Sample sample;
  double first = 0;
  double whole = 0;
  const int trials = 200;
  for (int trial = 0; trial < trials; ++trial) {
    const auto culprit = static_cast<std::uint32_t>(random() % n);
    const auto has = Ancestry{&history, false}.descendants(culprit);
    Search search({&history, 0, {}}, {});
    Run run;
    double own = 0;
    for (;;) {
      // What the verdicts mean is worked out here too, not in record().
      const double start = computed();
      const auto proposals = search.next();
      const double took = computed() - start;
      own += took;
      if (proposals.empty()) break;
      if (run.total == 2) first += took;
      for (const auto& [point, purpose] : proposals) {
        ++run.total;
        ++run.probes[purpose];
        search.record(point,
                      point.commit != Point::kGoodCommit && has[point.commit]
                          ? bad()
                          : good());
      }
    }
    run.answer = search.answer();
    whole += own;
    sample.add(searched(run), names(run, culprit));
  }
  row(fmt::format("history, {} commits, {} merges", n, merges_in(history)),
      sample, fmt::format("{:.1f}", std::log2(n)),
      "git 15.8, 12 s to choose, 15 s in all");
  fmt::print(
      "    to choose the first probe {:.1f} ms, all choices of a bisect "
      "{:.1f} ms\n",
      1e3 * first / trials, 1e3 * whole / trials);
}

void skips() {
  std::mt19937_64 random(3 + other_worlds);
  const std::uint32_t n = 1'024;
  const auto history = fakes::linear(n);
  struct Case {
    std::uint32_t length;
    const char* peer;
  };
  for (const auto& [length, peer] :
       {Case{51, "git 62.6"}, Case{204, "git 217.8"}, Case{512, "git 525.6"}}) {
    for (const bool inside : {true, false}) {
      Sample sample;
      for (int trial = 0; trial < 400; ++trial) {
        const auto begin =
            static_cast<std::uint32_t>(random() % (n - length - 1));
        std::uint32_t culprit = 0;
        do {
          culprit = static_cast<std::uint32_t>(random() % n);
        } while ((culprit >= begin && culprit < begin + length) != inside);
        const auto run = play({&history, 0, {}}, [&](const Point& point) {
          if (point.commit == Point::kGoodCommit) return good();
          if (point.commit >= begin && point.commit < begin + length) {
            return skip();
          }
          return point.commit >= culprit ? bad() : good();
        });
        // Right: exactly what can be proved.
        bool right = false;
        if (inside || culprit == begin + length) {
          right = run.answer.suspects.size() == length + 1 &&
                  run.answer.suspects.front().index == begin;
        } else {
          right = names(run, culprit);
        }
        sample.add(searched(run), right);
      }
      row(fmt::format("skips: a run of {} of 1,024, culprit {}", length,
                      inside ? "in it" : "elsewhere"),
          sample, "", inside ? peer : "");
    }
  }
  for (const double rate : {0.1, 0.3}) {
    for (const int where : {0, 1}) {
      Sample sample, git;
      for (int trial = 0; trial < 1'000; ++trial) {
        std::vector<bool> untestable(n);
        for (std::uint32_t v = 0; v + 1 < n; ++v) {
          untestable[v] = std::uniform_real_distribution<>(0, 1)(random) < rate;
        }
        std::uint32_t culprit = 0;
        do {
          culprit = static_cast<std::uint32_t>(random() % n);
        } while (where == 0 && untestable[culprit]);
        auto low = culprit;
        while (low > 0 && untestable[low - 1]) --low;
        auto high = culprit;
        while (untestable[high]) ++high;
        const auto run = play({&history, 0, {}}, [&](const Point& point) {
          if (point.commit == Point::kGoodCommit) return good();
          if (untestable[point.commit]) return skip();
          return point.commit >= culprit ? bad() : good();
        });
        const bool right = low == high
                               ? names(run, culprit)
                               : run.answer.suspects.size() == high - low + 1;
        sample.add(searched(run), right);
      }
      row(fmt::format("skips: {:.0f} % scattered, culprit {}", 100 * rate,
                      where == 0 ? "testable" : "anywhere"),
          sample, "10", rate < 0.2 ? "git 10.8" : "git 13.4");
    }
  }
}

}  // namespace rung::bench
