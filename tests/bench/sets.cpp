#include "tests/bench/bench.hpp"

namespace rung::bench {

void unordered() {
  std::mt19937_64 random(5 + other_worlds);
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
    for (int trial = 0; trial < 4'000; ++trial) {
      std::set<std::uint32_t> set;
      while (set.size() < k)
        set.insert(static_cast<std::uint32_t>(random() % n));
      std::vector<DeltaRef> culprit;
      for (const auto i : set) culprit.push_back({false, i});
      SearchOptions options;
      options.spare = 2;
      const auto run = play({nullptr, n, {}}, breaks_with(set), options);
      sample.add(beside_proof(run), names_all(run, culprit));
    }
    row(fmt::format("unordered, n = {}, {} needed together", n, k), sample,
        fmt::format("{:.1f}", bound), peers);
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
  std::mt19937_64 random(6 + other_worlds);
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
      const auto broken = breaks_with(set);
      const fakes::World world = [&](const Point& point) {
        if (purpose == Purpose::search || purpose == Purpose::alone) {
          cost += input.seconds(point);
        }
        built.insert(point.commit);
        installed.insert(requirements(point));
        if (c.commit && !has_commit(point, commit)) return good();
        return broken(point);
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
  std::mt19937_64 random(7 + other_worlds);
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
      const auto run = play(input, breaks_from(culprit), options);
      sample.add(searched(run), names(run, culprit));
    }
    const double h = 0.8 * std::log2(102 / 0.8) + 0.2 * std::log2(922 / 0.2);
    row(fmt::format("risk known; the guilty one is risky in {:.0f} %",
                    100 * true_share),
        sample, fmt::format("{:.2f}", h), "none");
  }
}

}  // namespace rung::bench
