#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
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
    const double variance = std::max(0.0, squares / count - mean() * mean()) /
                            std::max(1U, count - 1);
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
         run.answer.findings[0].culprit == std::vector{DeltaRef{true, culprit}};
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
        n == 64     ? "git 6, bayesect 13"
        : n == 1024 ? "git 10, bayesect 18"
                    : "git 16, bayesect 24");
  }
}

/// Like random_history, but quick to make: short branches off the main line.
CommitGraph big_history(std::uint32_t n, double merges,
                        std::mt19937_64& random) {
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
        search.record(point,
                      point.commit != Point::kGoodCommit && has[point.commit]
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
  fmt::print(
      "    to choose the first probe {:.1f} ms, all choices of a bisect "
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

/// All probes but the controls and the proof.
unsigned beside_proof(const Run& run) {
  unsigned count = 0;
  for (const auto& [purpose, probes] : run.probes) {
    if (purpose == Purpose::search || purpose == Purpose::alone) {
      count += probes;
    }
  }
  return count;
}

bool names_all(const Run& run, const std::vector<DeltaRef>& culprit) {
  return run.answer.outcome == Answer::Outcome::culprit &&
         run.answer.findings.size() == 1 &&
         run.answer.findings[0].culprit == culprit;
}

void unordered() {
  std::mt19937_64 random(5);
  struct Case {
    std::uint32_t n;
    unsigned k;
    double bound;
    const char* peers;
  };
  for (const auto& [n, k, bound, peers] :
       {Case{256, 1, 8, "Go 15.1, picire 13.1; reach 10"},
        Case{256, 2, 15, "Go 26.4, picire 33.9; reach 17.5"},
        Case{256, 3, 21.4, "Go 37, picire 50.5; reach 24.5"},
        Case{256, 8, 48.5, "Go 82.9, picire 117.2; reach 55.5"},
        Case{1'024, 1, 10, "syzkaller 16.3, Go 17.9; reach 12"},
        Case{1'024, 2, 19, "syzkaller 28.5, Go 32.5; reach 21.5"},
        Case{1'024, 3, 27.4, "syzkaller 40.2, Go 45.9; reach 30.5"},
        Case{1'024, 8, 64.7, "syzkaller 91.1, Go 105.8; reach 72"}}) {
    Sample sample;
    for (int trial = 0; trial < 1'000; ++trial) {
      std::set<std::uint32_t> set;
      while (set.size() < k)
        set.insert(static_cast<std::uint32_t>(random() % n));
      std::vector<DeltaRef> culprit;
      for (const auto i : set) culprit.push_back({false, i});
      SearchOptions options;
      options.spare = 2;
      const auto run = play(
          {nullptr, n, {}},
          [&](const Point& point) {
            return std::includes(point.on.begin(), point.on.end(), set.begin(),
                                 set.end())
                       ? bad()
                       : good();
          },
          options);
      sample.add(beside_proof(run), names_all(run, culprit));
    }
    row(fmt::format("unordered, n = {}, {} needed together", n, k), sample,
        fmt::format("{:.1f}", bound), peers);
  }
}

/// A world whose gate lies.
fakes::World lying(fakes::World world, GateRates rates,
                   std::mt19937_64& random) {
  return [world = std::move(world), rates, &random](const Point& point) {
    const double draw = std::uniform_real_distribution<>(0, 1)(random);
    if (world(point).verdict == Verdict::bad) {
      return draw < rates.pass_when_broken ? good() : bad();
    }
    return draw < rates.fail_when_sound ? bad() : good();
  };
}

void flaky(int trials) {
  constexpr std::uint32_t n = 1'024;
  const auto history = fakes::linear(n);
  struct Case {
    GateRates rates;
    const char* bound;
    const char* peer;
    const char* reach[3];
  };
  std::mt19937_64 random(8);
  for (const auto& c :
       {Case{{0.1, 0.1}, "19.6", "bayesect 33.4", {"21.6", "24", "29"}},
        Case{
            {0.3, 0.1}, "34.9", "bayesect 66.2 (96.2 %)", {"38.4", "50", "60"}},
        Case{
            {0.3, 0.0}, "18.9", "bayesect 41.0 (98.6 %)", {"20.8", "26", "37"}},
        Case{{0.1, 0.0}, "12.5", "bayesect 23.3", {"13.8", "16", "20"}},
        Case{{0.0, 0.1}, "12.5", "bayesect 23.2", {"13.8", "16", "20"}},
        Case{{0.0, 0.0}, "10", "bayesect 18", {"10", "12.4", "16.6"}}}) {
    for (const int known : {0, 1, 2}) {
      Sample sample;
      double stated = 0;
      for (int trial = 0; trial < trials; ++trial) {
        const auto culprit = static_cast<std::uint32_t>(random() % n);
        SearchOptions options;
        options.noise = Noise{};
        auto chance = [&](double p) {
          return std::uniform_real_distribution<>(0, 1)(random) < p;
        };
        if (known == 0) options.noise->known = c.rates;
        if (known == 1) {
          for (int i = 0; i < 20; ++i) {
            ++(chance(c.rates.fail_when_sound) ? options.noise->healthy_fails
                                               : options.noise->healthy_passes);
          }
          for (int i = 0; i < 5; ++i) {
            ++(chance(c.rates.pass_when_broken) ? options.noise->broken_passes
                                                : options.noise->broken_fails);
          }
        }
        const auto world = lying(
            [&](const Point& point) {
              return has_commit(point, culprit) ? bad() : good();
            },
            c.rates, random);
        const auto run = play({&history, 0, {}}, world, options);
        sample.add(run.total - 2, names(run, culprit));
        stated += run.answer.confidence;
      }
      row(fmt::format("flaky {:.1f}/{:.1f}, {} (stated {:.1f} %)",
                      c.rates.pass_when_broken, c.rates.fail_when_sound,
                      known == 0   ? "rates known"
                      : known == 1 ? "20 healthy + 5 bad on record"
                                   : "nothing known",
                      100 * stated / trials),
          sample, c.bound, std::string(c.peer) + "; reach " + c.reach[known]);
    }
  }
}

void workers(int trials) {
  constexpr std::uint32_t n = 1'024;
  const auto history = fakes::linear(n);
  std::mt19937_64 random(11);
  for (const bool noisy : {false, true}) {
    for (const auto& [count, ideal] :
         {std::pair{std::size_t{1}, "10"}, std::pair{std::size_t{2}, "6.3"},
          std::pair{std::size_t{4}, "4.3"}, std::pair{std::size_t{8}, "3.2"}}) {
      Sample rounds;
      double probes = 0;
      for (int trial = 0; trial < trials; ++trial) {
        const auto culprit = static_cast<std::uint32_t>(random() % n);
        SearchOptions options;
        const GateRates rates{noisy ? 0.1 : 0, noisy ? 0.1 : 0};
        if (noisy) {
          options.noise = Noise{};
          options.noise->known = rates;
        }
        const auto world = lying(
            [&](const Point& point) {
              return has_commit(point, culprit) ? bad() : good();
            },
            rates, random);
        const auto run = play({&history, 0, {}}, world, options, count);
        // The controls take one round with two workers, two with one.
        rounds.add(run.rounds - (count == 1 ? 2 : 1), names(run, culprit));
        probes += run.total - 2;
      }
      row(fmt::format("{} workers, {}, rounds ({:.1f} probes)", count,
                      noisy ? "flaky .1/.1" : "deterministic", probes / trials),
          rounds, noisy ? "" : ideal, noisy ? "" : "reach 7 / 5 / 4");
    }
  }
}

void nothing_broken(int trials) {
  constexpr std::uint32_t n = 1'024;
  const auto history = fakes::linear(n);
  std::mt19937_64 random(9);
  for (const auto& [rate, reach] :
       {std::pair{0.0, "23"}, std::pair{0.1, "130"}, std::pair{0.3, "290"}}) {
    Sample sample;
    unsigned accused = 0;
    for (int trial = 0; trial < trials; ++trial) {
      SearchOptions options;
      options.noise = Noise{};
      const auto world =
          lying([](const Point&) { return good(); }, {rate, rate}, random);
      const auto run = play({&history, 0, {}}, world, options);
      accused += run.answer.outcome == Answer::Outcome::culprit;
      sample.add(run.total,
                 run.answer.outcome == Answer::Outcome::not_reproducible);
    }
    row(fmt::format("nothing is broken, the gate fails {:.1f} ({} accused)",
                    rate, accused),
        sample, "", std::string("bayesect never stops; reach ") + reach);
  }
}

void flaky_sets(int trials) {
  std::mt19937_64 random(10);
  constexpr std::uint32_t n = 256;
  for (const auto& [rates, k, peer] :
       {std::tuple{GateRates{0.1, 0}, 1U, "bound 10.5"},
        std::tuple{GateRates{0.1, 0}, 2U,
                   "bound 19.7; picire exact in 10 %; reach 34"},
        std::tuple{GateRates{0.1, 0.1}, 2U, "bound 28.2; picire 1 %"}}) {
    Sample sample, whole;
    for (int trial = 0; trial < trials; ++trial) {
      std::set<std::uint32_t> set;
      while (set.size() < k)
        set.insert(static_cast<std::uint32_t>(random() % n));
      std::vector<DeltaRef> culprit;
      for (const auto i : set) culprit.push_back({false, i});
      SearchOptions options;
      options.noise = Noise{};
      options.noise->confidence = 0.97;
      options.noise->known = rates;
      const auto world = lying(
          [&](const Point& point) {
            return std::includes(point.on.begin(), point.on.end(), set.begin(),
                                 set.end())
                       ? bad()
                       : good();
          },
          rates, random);
      const auto run = play({nullptr, n, {}}, world, options);
      sample.add(beside_proof(run), names_all(run, culprit));
    }
    row(fmt::format("unordered, flaky {:.1f}/{:.1f}, n = 256, {} needed",
                    rates.pass_when_broken, rates.fail_when_sound, k),
        sample, "", peer);
  }
}

/// 40 env keys, 120 requirements, 1,024 commits. A probe costs 1, a commit
/// not built before 10 more, a requirement set not installed before 4 more.
void mixed() {
  constexpr std::uint32_t kEnv = 40, kAll = 160, kCommits = 1'024;
  const auto history = fakes::linear(kCommits);
  struct Case {
    const char* name;
    bool commit;
    unsigned env, requirements;
    const char* peers;
  };
  std::mt19937_64 random(6);
  for (const auto& c :
       {Case{"commit", true, 0, 0, "flat 137, by axis 113"},
        Case{"env", false, 1, 0, "flat 128, by axis 10.3"},
        Case{"requirement", false, 0, 1, "flat 134, by axis 46.8"},
        Case{"env + env", false, 2, 0, "flat 244, by axis 15"},
        Case{"commit + env", true, 1, 0, "flat 213, by axis 120"},
        Case{"commit + requirement", true, 0, 1, "flat 219, by axis 157"},
        Case{"env + requirement", false, 1, 1, "flat 250, by axis 54"},
        Case{"commit + env + requirement", true, 1, 1,
             "flat 303, by axis 165"}}) {
    Sample sample;
    for (int trial = 0; trial < 300; ++trial) {
      std::set<std::uint32_t> set;
      while (set.size() < c.env) {
        set.insert(static_cast<std::uint32_t>(random() % kEnv));
      }
      while (set.size() < c.env + c.requirements) {
        set.insert(kEnv + static_cast<std::uint32_t>(random() % (kAll - kEnv)));
      }
      const auto commit = static_cast<std::uint32_t>(random() % kCommits);
      std::vector<DeltaRef> culprit;
      for (const auto i : set) culprit.push_back({false, i});
      if (c.commit) culprit.push_back({true, commit});

      std::set<std::uint32_t> built{Point::kGoodCommit, kCommits - 1};
      std::set<std::vector<std::uint32_t>> installed;
      auto requirements = [&](const Point& point) {
        return std::vector<std::uint32_t>(
            std::lower_bound(point.on.begin(), point.on.end(), kEnv),
            point.on.end());
      };
      installed.insert(std::vector<std::uint32_t>{});
      {
        std::vector<std::uint32_t> all;
        for (auto i = kEnv; i < kAll; ++i) all.push_back(i);
        installed.insert(all);
      }
      SearchInput input{&history, kAll, {}};
      input.seconds = [&](const Point& point) {
        return 1.0 + (built.contains(point.commit) ? 0 : 10) +
               (installed.contains(requirements(point)) ? 0 : 4);
      };
      input.risk = [&](const DeltaRef& delta) {
        if (delta.is_commit) return 1.3 / kCommits;  // seldom the last guess
        return delta.index < kEnv ? 1.0 / kEnv : 1.0 / (kAll - kEnv);
      };
      SearchOptions options;
      options.spare = 3;
      double cost = 0;
      Purpose purpose{};
      Search search(input, options);
      const fakes::World world = [&](const Point& point) {
        if (purpose == Purpose::search || purpose == Purpose::alone) {
          cost += input.seconds(point);
        }
        built.insert(point.commit);
        installed.insert(requirements(point));
        if (c.commit && !has_commit(point, commit)) return good();
        return std::includes(point.on.begin(), point.on.end(), set.begin(),
                             set.end())
                   ? bad()
                   : good();
      };
      Run run;
      while (!search.finished()) {
        for (const auto& proposal : search.next()) {
          purpose = proposal.purpose;
          search.record(proposal.point, world(proposal.point));
        }
      }
      run.answer = search.answer();
      sample.add(cost, names_all(run, culprit));
    }
    row(fmt::format("mixed axes, cost: {}", c.name), sample, "", c.peers);
  }
}

void priors() {
  constexpr std::uint32_t n = 1'024;
  const auto history = fakes::linear(n);
  std::mt19937_64 random(7);
  for (const double true_share : {0.8, 0.1, 0.0}) {
    Sample sample;
    for (int trial = 0; trial < 600; ++trial) {
      std::vector<std::uint8_t> risky(n, 0);
      unsigned some = 0;
      while (some < n / 10) {
        auto& one = risky[random() % n];
        some += one == 0;
        one = 1;
      }
      const bool in_risky =
          std::uniform_real_distribution<>(0, 1)(random) < true_share;
      std::uint32_t culprit = 0;
      do {
        culprit = static_cast<std::uint32_t>(random() % n);
      } while ((risky[culprit] != 0) != in_risky);
      SearchInput input{&history, 0, {}};
      input.risk = [&](const DeltaRef& delta) {
        return risky[delta.index] ? 0.8 / some : 0.2 / (n - some);
      };
      SearchOptions options;
      options.spare = 2;
      const auto run = play(
          input,
          [&](const Point& point) {
            return has_commit(point, culprit) ? bad() : good();
          },
          options);
      sample.add(searched(run), names(run, culprit));
    }
    const double h = 0.8 * std::log2(102 / 0.8) + 0.2 * std::log2(922 / 0.2);
    row(fmt::format("risk known; the guilty one is risky in {:.0f} %",
                    100 * true_share),
        sample, fmt::format("{:.2f}", h), "none");
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
    fmt::print(
        "100,000 linear commits: dearest choice {:.2f} ms, all {:.1f} ms"
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
  fmt::print(
      "{} worlds of up to 12 deltas, any predicate: {} false "
      "accusations, {} with a culprit, {:.1f} probes (most {:.0f})\n",
      worlds, accused, culprits, sample.mean(), sample.most);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "";
  auto wanted = [&](const char* name) { return only.empty() || only == name; };
  fmt::print("{:<58} {:>7}   {:<5} {:>6} {:>9}  {:>8}  {}\n", "world", "probes",
             "95 %", "most", "right", "bound", "peers");
  if (wanted("scale")) scale();
  if (wanted("ordered")) ordered();
  if (wanted("merged")) {
    merged(65'536, 0.145);
    merged(60'000, 0.17);
  }
  if (wanted("skips")) skips();
  if (wanted("unordered")) unordered();
  if (wanted("mixed")) mixed();
  if (wanted("priors")) priors();
  const int trials = argc > 2 ? std::atoi(argv[2]) : 400;
  if (wanted("flaky")) flaky(trials);
  if (wanted("workers")) workers(std::min(trials, 200));
  if (wanted("null")) nothing_broken(trials);
  if (wanted("flaky_sets")) flaky_sets(trials);
  if (wanted("arbitrary")) arbitrary(100'000);
}
