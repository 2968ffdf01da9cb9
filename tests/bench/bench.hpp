#pragma once

// What the tables of rung_search_bench share.

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <string>

#include <fmt/core.h>

#include "core/search/ancestry.hpp"
#include "tests/fakes/search_world.hpp"

namespace rung::bench {

using fakes::bad;
using fakes::breaks_from;
using fakes::breaks_with;
using fakes::good;
using fakes::has_commit;
using fakes::lying;
using fakes::play;
using fakes::Run;
using fakes::skip;

/// Added to the seed of every table: the same figures must come out of other
/// worlds.
inline std::uint64_t other_worlds = 0;

/// Seconds that this program has computed so far. A search waits for nothing,
/// so that on a machine with nothing else to do this is what a clock shows.
inline double computed() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Largest resident size so far, MB.
inline double peak_mb() {
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

inline void row(const std::string& world, const Sample& sample,
                const std::string& bound, const std::string& peers) {
  fmt::print("{:<58} {:>7.2f} +-{:<5.2f} {:>6.0f} {:>7.1f} %  {:>8}  {}\n",
             world, sample.mean(), sample.margin(), sample.most,
             100.0 * sample.right / sample.count, bound, peers);
  std::fflush(stdout);
}

inline unsigned searched(const Run& run) {
  const auto it = run.probes.find(Purpose::search);
  return it == run.probes.end() ? 0 : it->second;
}

inline unsigned proved(const Run& run) {
  unsigned count = 0;
  for (const auto purpose : {Purpose::alone, Purpose::without}) {
    const auto it = run.probes.find(purpose);
    if (it != run.probes.end()) count += it->second;
  }
  return count;
}

inline bool names(const Run& run, std::uint32_t culprit) {
  return run.answer.outcome == Answer::Outcome::culprit &&
         run.answer.findings.size() == 1 &&
         run.answer.findings[0].culprit == std::vector{DeltaRef{true, culprit}};
}

/// All probes but the controls and the proof.
inline unsigned beside_proof(const Run& run) {
  unsigned count = 0;
  for (const auto& [purpose, probes] : run.probes) {
    if (purpose == Purpose::search || purpose == Purpose::alone) {
      count += probes;
    }
  }
  return count;
}

inline bool names_all(const Run& run, const std::vector<DeltaRef>& culprit) {
  return run.answer.outcome == Answer::Outcome::culprit &&
         run.answer.findings.size() == 1 &&
         run.answer.findings[0].culprit == culprit;
}

// The tables, by file.
void ordered();
void merged(std::uint32_t commits, double merge_rate);
void skips();
void unordered();
void mixed();
void priors();
void flaky(int trials);
void unknown(int trials);
void workers(int trials);
void nothing_broken(int trials);
void innocents(int trials);
void flaky_sets(int trials);
void scale();
void arbitrary(int worlds);
void estimate(int runs);
void worlds(std::uint64_t count);
void many(int trials);

}  // namespace rung::bench
