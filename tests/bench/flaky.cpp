#include <array>

#include "core/search/posterior.hpp"
#include "tests/bench/bench.hpp"

namespace rung::bench {

namespace {

/// What was seen at each commit of a line; [0] is the good release, commit c is
/// [c + 1].
struct Seen {
  std::vector<unsigned> passes, fails;
};

/// How likely these verdicts are if one of the commits breaks, each as likely
/// as the other, behind a gate as rung believes in it: a logarithm.
double likelihood_if_broken(const Seen& seen,
                            std::span<const RatePoint> gates) {
  const auto n = seen.passes.size() - 1;
  std::vector<double> each;
  for (const auto& [rates, weight, unused] : gates) {
    auto log_of = [](double p) { return std::log(std::max(1e-6, p)); };
    const double sound_fails = log_of(rates.fail_when_sound);
    const double sound_passes = log_of(1 - rates.fail_when_sound);
    const double broken_fails = log_of(1 - rates.pass_when_broken);
    const double broken_passes = log_of(rates.pass_when_broken);
    double sum = log_of(weight) - std::log(static_cast<double>(n));
    for (std::size_t i = 0; i <= n; ++i) {
      sum +=
          i == 0
              ? seen.fails[i] * sound_fails + seen.passes[i] * sound_passes
              : seen.fails[i] * broken_fails + seen.passes[i] * broken_passes;
    }
    for (std::size_t i = 1; i <= n; ++i) {  // the i-th is the first to break
      each.push_back(sum);
      sum += seen.fails[i] * (sound_fails - broken_fails) +
             seen.passes[i] * (sound_passes - broken_passes);
    }
  }
  const double most = *std::max_element(each.begin(), each.end());
  double all = 0;
  for (const double one : each) all += std::exp(one - most);
  return most + std::log(all);
}

}  // namespace

/// How often somebody is accused although nothing is broken. That is far too
/// seldom to be counted. But the verdicts that lead to an accusation are common
/// where something is broken, and how much likelier they are there is known:
/// each accusation there counts for that share of one (importance sampling).
void innocents(int trials) {
  constexpr std::uint32_t n = 1'024;
  constexpr std::array kRates{0.1, 0.2, 0.3, 0.4, 0.5};
  const auto history = fakes::linear(n);
  const auto gates = rate_prior({});
  std::vector<double> weights;
  for (const auto& gate : gates) weights.push_back(gate.probability);
  std::mt19937_64 random(13 + other_worlds);
  std::discrete_distribution<std::size_t> any(weights.begin(), weights.end());
  std::array<Sample, kRates.size()> accused;
  for (int trial = 0; trial < trials; ++trial) {
    const auto culprit = static_cast<std::uint32_t>(random() % n);
    Seen seen{std::vector<unsigned>(n + 1), std::vector<unsigned>(n + 1)};
    const auto& rates = gates[any(random)].rates;
    const auto gate = lying(breaks_from(culprit), rates, random);
    SearchOptions options;
    options.noise.emplace();
    const auto run = play(
        {&history, 0, {}},
        [&](const Point& point) {
          const auto at =
              point.commit == Point::kGoodCommit ? 0 : point.commit + 1;
          const auto observation = gate(point);
          ++(observation.verdict == Verdict::bad ? seen.fails
                                                 : seen.passes)[at];
          return observation;
        },
        options);
    double passes = 0;
    double fails = 0;
    for (std::size_t i = 0; i <= n; ++i) {
      passes += seen.passes[i];
      fails += seen.fails[i];
    }
    const double likelihood = likelihood_if_broken(seen, gates);
    for (std::size_t i = 0; i < kRates.size(); ++i) {
      const bool accuses = run.answer.outcome == Answer::Outcome::culprit;
      accused[i].add(accuses ? std::exp(fails * std::log(kRates[i]) +
                                        passes * std::log(1 - kRates[i]) -
                                        likelihood)
                             : 0);
    }
  }
  for (std::size_t i = 0; i < kRates.size(); ++i) {
    fmt::print(
        "nothing is broken, the gate fails {:.1f}: accused in {:.4f} % "
        "+-{:.4f}\n",
        kRates[i], 100 * accused[i].mean(), 100 * accused[i].margin());
  }
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
  std::mt19937_64 random(8 + other_worlds);
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
      double stated = 0, proof = 0, controls = 0;
      for (int trial = 0; trial < trials; ++trial) {
        const auto culprit = static_cast<std::uint32_t>(random() % n);
        SearchOptions options;
        options.noise = Noise{};
        auto chance = [&](double p) {
          return std::uniform_real_distribution<>(0, 1)(random) < p;
        };
        if (known == 0) options.noise->known = c.rates;
        std::vector<bool> repeats;  // of the bad release: whether it failed
        if (known == 1) {
          for (int i = 0; i < 20; ++i) {
            ++(chance(c.rates.fail_when_sound) ? options.noise->healthy_fails
                                               : options.noise->healthy_passes);
          }
          for (int i = 0; i < 5; ++i) {
            repeats.push_back(!chance(c.rates.pass_when_broken));
          }
        }
        const auto world = lying(breaks_from(culprit), c.rates, random);
        Search search({&history, 0, {}}, options);
        for (const bool failed : repeats) {
          search.record({n - 1, {}}, failed ? bad() : good());
        }
        const auto run = play(search, world, 1, true);
        sample.add(searched(run), names(run, culprit));
        stated += run.answer.confidence;
        proof += proved(run);
        controls += run.total - searched(run) - proved(run);
      }
      row(fmt::format("flaky {:.1f}/{:.1f}, {} (+ {:.1f} proof, {:.1f} "
                      "controls; stated {:.1f} %)",
                      c.rates.pass_when_broken, c.rates.fail_when_sound,
                      known == 0   ? "rates known"
                      : known == 1 ? "learned"
                                   : "nothing known",
                      proof / trials, controls / trials, 100 * stated / trials),
          sample, c.bound, std::string(c.peer) + "; reach " + c.reach[known]);
    }
  }
}

void workers(int trials) {
  constexpr std::uint32_t n = 1'024;
  const auto history = fakes::linear(n);
  std::mt19937_64 random(11 + other_worlds);
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
        const auto world = lying(breaks_from(culprit), rates, random);
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
  std::mt19937_64 random(9 + other_worlds);
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
  std::mt19937_64 random(10 + other_worlds);
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
      const auto world = lying(breaks_with(set), rates, random);
      const auto run = play({nullptr, n, {}}, world, options);
      sample.add(beside_proof(run), names_all(run, culprit));
    }
    row(fmt::format("unordered, flaky {:.1f}/{:.1f}, n = 256, {} needed",
                    rates.pass_when_broken, rates.fail_when_sound, k),
        sample, "", peer);
  }
}

}  // namespace rung::bench
