#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "core/nightly/night.hpp"
#include "core/nightly/suite_run.hpp"

namespace rung::fakes {

/// A test of a simulated suite. Places are indices into the line of commits.
struct WorldTest {
  std::set<std::size_t> fails_at{};  ///< exactly there, and
  std::size_t breaks = SIZE_MAX;     ///< from there on,
  std::size_t repaired = SIZE_MAX;   ///< until here
  double lies = 0;                   ///< how often it fails where it is sound
  bool drifted = false;              ///< fails everywhere now
  /// It is in no report where it passes, and these are in none where it fails.
  std::set<std::string> hides{};
  std::vector<std::pair<std::size_t, std::size_t>> broken_before{};
  [[nodiscard]] bool sound_at(std::size_t place) const {
    const auto within = [&](std::size_t from, std::size_t to) {
      return place >= from && place < to;
    };
    return fails_at.count(place) == 0 && !within(breaks, repaired) &&
           std::none_of(broken_before.begin(), broken_before.end(),
                        [&](const auto& span) {
                          return within(span.first, span.second);
                        });
  }
  /// What was broken and repaired until now stays as it was.
  void break_again(std::size_t place) {
    if (breaks != SIZE_MAX) broken_before.emplace_back(breaks, repaired);
    breaks = place;
    repaired = SIZE_MAX;
  }
};

/// The night's machine went down.
struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

/// A suite that exists in memory. Counts what it is asked.
class SuiteWorld final : public SuiteJudge {
 public:
  explicit SuiteWorld(std::size_t commits, std::uint64_t seed = 1)
      : random(seed) {
    for (std::size_t i = 0; i < commits; ++i) add_commit();
  }
  void add_commit() {
    line.push_back(fmt::format("{:040x}", 0xabc0000 + line.size()));
    at_[line.back()] = line.size() - 1;
  }
  [[nodiscard]] std::size_t head() const { return line.size() - 1; }

  SuiteRun judge(const std::string& commit,
                 const std::vector<std::string>& asked) override {
    if (kill_after && runs >= *kill_after) throw Killed();
    ++runs;
    if (sound_after && runs > *sound_after) {
      for (auto& [name, test] : tests) test.fails_at.clear();
    }
    const std::size_t place = at_.at(commit);
    SuiteRun run;
    if (infra_nights) {
      run.infra = "no space left on the device";
      return run;
    }
    run.built = standing != place;
    run.build_seconds = run.built ? 60 : 0;
    run.suite_seconds = 5;
    seconds += run.build_seconds + run.suite_seconds;
    builds += run.built;
    standing = place;
    asked_at[place].insert(asked.begin(), asked.end());
    const auto verdict = [&](const std::string& name, bool passes) {
      TestResult result;
      const auto colons = name.find("::");
      result.group = colons == name.npos ? "" : name.substr(0, colons);
      result.name = colons == name.npos ? name : name.substr(colons + 2);
      result.verdict = passes ? TestVerdict::passed : TestVerdict::failed;
      if (!passes) result.message = name + " says no";
      return result;
    };
    const bool builds_here = unbuildable.count(place) == 0;
    add_result(run.tests, verdict(kBuildTest, builds_here));
    if (!builds_here) return run;
    if (asked.empty()) {
      TestResult whole = verdict(kSuiteTest, true);
      if (silent_suite) whole.verdict = TestVerdict::skipped;
      add_result(run.tests, whole);
    }
    const std::set<std::string> only(asked.begin(), asked.end());
    const bool whole = only.empty() || only.count(kSuiteTest) > 0;
    std::set<std::string> hidden;
    for (const auto& [name, test] : tests) {
      if (test.hides.empty()) continue;
      const auto& absent =
          test.sound_at(place) ? std::set<std::string>{name} : test.hides;
      hidden.insert(absent.begin(), absent.end());
    }
    for (const auto& [name, test] : tests) {
      if (!whole && only.count(name) == 0) continue;
      if (hidden.count(name) > 0) continue;
      const bool lie =
          test.lies > 0 && std::bernoulli_distribution(test.lies)(random);
      add_result(run.tests,
                 verdict(name, test.sound_at(place) && !lie && !test.drifted));
    }
    return run;
  }

  /// The night's input for the line as it is.
  [[nodiscard]] NightInput input(std::int64_t now = 1'000'000) const {
    NightInput in;
    in.line = line;
    in.now = now;
    in.subject_of = [](const std::string&) { return "a change"; };
    return in;
  }

  std::vector<std::string> line;
  std::map<std::string, WorldTest> tests;
  std::set<std::size_t> unbuildable;
  bool infra_nights = false, silent_suite = false;
  std::optional<unsigned> kill_after;
  std::optional<unsigned> sound_after;  ///< then `fails_at` is over
  std::mt19937_64 random;
  unsigned runs = 0, builds = 0;
  double seconds = 0;
  std::optional<std::size_t> standing;
  std::map<std::size_t, std::set<std::string>> asked_at;

 private:
  std::map<std::string, std::size_t> at_;
};

}  // namespace rung::fakes
