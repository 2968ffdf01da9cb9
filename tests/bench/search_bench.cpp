#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/core.h>

#include "core/ancestry.hpp"
#include "tests/fakes/search_world.hpp"

namespace {

using namespace rung;
using fakes::bad;
using fakes::good;
using fakes::play;
using fakes::Run;
using fakes::skip;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Largest resident size so far, MB.
double peak_mb() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("VmHWM:", 0) == 0) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

struct Sample {
  double sum = 0, squares = 0, most = 0;
  unsigned count = 0, right = 0;
  void add(double x, bool ok = true) {
    sum += x;
    squares += x * x;
    most = std::max(most, x);
    ++count;
    right += ok;
  }
  [[nodiscard]] double mean() const { return sum / count; }
  /// Half the width of the 95 % interval of the mean.
  [[nodiscard]] double margin() const {
    const double variance =
        std::max(0.0, squares / count - mean() * mean()) / std::max(1U, count - 1);
    return 1.96 * std::sqrt(variance);
  }
};

void row(const std::string& world, const Sample& sample,
         const std::string& bound, const std::string& peers) {
  fmt::print("{:<58} {:>7.2f} +-{:<5.2f} {:>6.0f} {:>7.1f} %  {:>8}  {}\n",
             world, sample.mean(), sample.margin(), sample.most,
             100.0 * sample.right / sample.count, bound, peers);
  std::fflush(stdout);
}

unsigned searched(const Run& run) {
  const auto it = run.probes.find(Purpose::search);
  return it == run.probes.end() ? 0 : it->second;
}

bool has_commit(const Point& point, std::uint32_t commit) {
  return point.commit != Point::kGoodCommit && point.commit >= commit;
}

bool names(const Run& run, std::uint32_t culprit) {
  return run.answer.outcome == Answer::Outcome::culprit &&
         run.answer.findings.size() == 1 &&
         run.answer.findings[0].culprit ==
             std::vector{DeltaRef{true, culprit}};
}

void ordered() {
  std::mt19937_64 random(1);
  for (const std::uint32_t n : {64U, 1'024U, 65'536U}) {
    const auto history = fakes::linear(n);
    Sample sample;
    for (int trial = 0; trial < 200; ++trial) {
      const auto culprit = static_cast<std::uint32_t>(random() % n);
      const auto run = play({&history, 0, {}}, [&](const Point& point) {
        return has_commit(point, culprit) ? bad() : good();
      });
      sample.add(searched(run), names(run, culprit));
    }
    row(fmt::format("ordered, 1 culprit, n = {}", n), sample,
        fmt::format("{}", std::bit_width(n - 1)),
        n == 64 ? "git 6, bayesect 13" : n == 1024 ? "git 10, bayesect 18"
                                                   : "git 16, bayesect 24");
  }
}

/// Like random_history, but quick to make: short branches off the main line.
CommitGraph big_history(std::uint32_t n, double merges, std::mt19937_64& random) {
  return fakes::random_history(n, merges, random);
}

std::uint32_t merges_in(const CommitGraph& history) {
  std::uint32_t count = 0;
  for (std::size_t v = 0; v < history.size(); ++v) {
    count += history.parents_of(v).size() > 1;
  }
  return count;
}

void merged(std::uint32_t n, double rate) {
  std::mt19937_64 random(2);
  const auto history = big_history(n, rate, random);
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
    while (!search.finished()) {
      const auto start = Clock::now();
      const auto proposals = search.next();
      const auto took = seconds_since(start);
      own += took;
      if (run.total == 2) first += took;
      for (const auto& [point, purpose] : proposals) {
        ++run.total;
        ++run.probes[purpose];
        const auto again = Clock::now();
        search.record(point, point.commit != Point::kGoodCommit &&
                                     has[point.commit]
                                 ? bad()
                                 : good());
        (void)search.finished();
        own += seconds_since(again);
      }
    }
    run.answer = search.answer();
    whole += own;
    sample.add(searched(run), names(run, culprit));
  }
  row(fmt::format("history, {} commits, {} merges", n, merges_in(history)),
      sample, fmt::format("{:.1f}", std::log2(n)),
      "git 15.8, 12 s to choose, 15 s in all");
  fmt::print("    to choose the first probe {:.1f} ms, all choices of a bisect "
             "{:.1f} ms\n",
             1e3 * first / trials, 1e3 * whole / trials);
}

void skips() {
  std::mt19937_64 random(3);
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
          untestable[v] =
              std::uniform_real_distribution<>(0, 1)(random) < rate;
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
        const bool right =
            low == high ? names(run, culprit)
                        : run.answer.suspects.size() == high - low + 1;
        sample.add(searched(run), right);
      }
      row(fmt::format("skips: {:.0f} % scattered, culprit {}", 100 * rate,
                      where == 0 ? "testable" : "anywhere"),
          sample, "10", rate < 0.2 ? "git 10.8" : "git 13.4");
    }
  }
}

void scale() {
  {
    const auto history = fakes::linear(100'000);
    Search search({&history, 0, {}}, {});
    double most = 0;
    double own = 0;
    while (!search.finished()) {
      const auto start = Clock::now();
      const auto proposals = search.next();
      for (const auto& [point, purpose] : proposals) {
        search.record(point, has_commit(point, 77'777) ? bad() : good());
      }
      most = std::max(most, seconds_since(start));
      own += seconds_since(start);
    }
    fmt::print("100,000 linear commits: dearest choice {:.2f} ms, all {:.1f} ms"
               ", peak {:.0f} MB\n",
               1e3 * most, 1e3 * own, peak_mb());
  }
  {
    Search search({nullptr, 1'000'000, {}}, {});
    double most = 0;
    unsigned probes = 0;
    while (!search.finished()) {
      const auto start = Clock::now();
      const auto proposals = search.next();
      most = std::max(most, seconds_since(start));
      for (const auto& [point, purpose] : proposals) {
        ++probes;
        search.record(point, std::binary_search(point.on.begin(),
                                                point.on.end(), 777'777U)
                                 ? bad()
                                 : good());
      }
    }
    fmt::print("1,000,000 deltas: dearest choice {:.1f} ms, {} probes, peak "
               "{:.0f} MB\n",
               1e3 * most, probes, peak_mb());
  }
  {
    const auto history = fakes::linear(20'000);
    std::vector<std::pair<Point, Observation>> journal;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      journal.push_back({Point{2 * i, {}}, 2 * i > 12'345 ? bad() : good()});
    }
    const auto start = Clock::now();
    Search search({&history, 40, {}}, {});
    for (const auto& [point, observation] : journal) {
      search.record(point, observation);
    }
    (void)search.next(2);
    fmt::print("a journal of 10,000 verdicts replayed: {:.1f} ms\n",
               1e3 * seconds_since(start));
  }
}

void arbitrary(int worlds) {
  std::mt19937_64 random(4);
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
  fmt::print("{} worlds of up to 12 deltas, any predicate: {} false "
             "accusations, {} with a culprit, {:.1f} probes (most {:.0f})\n",
             worlds, accused, culprits, sample.mean(), sample.most);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "";
  auto wanted = [&](const char* name) { return only.empty() || only == name; };
  fmt::print("{:<58} {:>7}   {:<5} {:>6} {:>9}  {:>8}  {}\n", "world",
             "probes", "95 %", "most", "right", "bound", "peers");
  if (wanted("scale")) scale();
  if (wanted("ordered")) ordered();
  if (wanted("merged")) {
    merged(65'536, 0.145);
    merged(60'000, 0.17);
  }
  if (wanted("skips")) skips();
  if (wanted("arbitrary")) arbitrary(100'000);
}
