#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/effort.hpp"
#include "tests/fakes/git_repository.hpp"

// The same question to `git bisect run` and to rung, on generated histories.
// RUNG_TEST_EFFORT=100 asks more of them, RUNG_SEED=N others.
namespace rung::e2e::git_differential_test {
namespace {

const std::map<std::string, std::string> kPlainGit = {
    {"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_CONFIG_NOSYSTEM", "1"}};

/// A history with one culprit. A commit is bad when it contains the culprit;
/// what check.sh exits with is in the commit's file `verdict`.
struct History {
  fakes::GitRepository repository;
  std::vector<std::string> ids;  ///< parents first; [0] good, back() bad
  std::size_t culprit = 0;       ///< index into `ids`
};

class Maker {
 public:
  Maker(std::uint64_t seed, bool merged, bool skips)
      : random_(seed), merged_(merged), skips_(skips) {}

  void fill(History& history) {
    const std::size_t count = 5 + pick(36);
    const auto parents = graph(count);
    history.culprit = 1 + pick(count - 1);
    const double skip_rate = 0.15 * static_cast<double>(1 + pick(5));

    std::vector<bool> bad(count);
    auto& repository = history.repository;
    for (std::size_t i = 0; i < count; ++i) {
      bad[i] = i == history.culprit;
      for (const std::size_t parent : parents[i]) {
        bad[i] = bad[i] || bad[parent];
      }
      const bool end = i == 0 || i + 1 == count;
      const bool skip = skips_ && !end && chance(skip_rate);
      fakes::GitRepository::Changes files;
      files["verdict"] = fakes::RepositoryFile{skip     ? "125"
                                               : bad[i] ? "1"
                                                        : "0"};
      files["number"] = fakes::RepositoryFile{std::to_string(i)};
      std::vector<std::string> others;
      if (i == 0) {
        files["check.sh"] = fakes::RepositoryFile{"exit $(cat verdict)\n"};
      } else {
        repository.branch("main", history.ids[parents[i].front()]);
        for (std::size_t k = 1; k < parents[i].size(); ++k) {
          others.push_back(history.ids[parents[i][k]]);
        }
      }
      history.ids.push_back(
          repository.merge(others, files, "commit " + std::to_string(i)));
    }
    repository.check_out();
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }

  // For each commit its parents; the last one has all others as ancestors.
  std::vector<std::vector<std::size_t>> graph(std::size_t count) {
    std::vector<std::vector<std::size_t>> parents(count);
    std::set<std::size_t> tips = {0};
    for (std::size_t i = 1; i < count; ++i) {
      std::set<std::size_t> chosen;
      const std::size_t latest = i - 1;
      if (!merged_) {
        chosen = {latest};
      } else if (i + 1 == count) {
        chosen = tips;
      } else if (tips.size() > 1 && chance(0.3)) {
        chosen = {*tips.begin(), *tips.rbegin()};
      } else {
        // Mostly the line goes on; at times an older commit is built upon.
        chosen = {chance(0.6) ? latest : latest - pick(std::min<std::size_t>(
                                                      i, 6))};
      }
      // The order of the parents is part of a history.
      parents[i].assign(chosen.begin(), chosen.end());
      std::shuffle(parents[i].begin(), parents[i].end(), random_);
      for (const std::size_t parent : chosen) tips.erase(parent);
      tips.insert(i);
    }
    return parents;
  }

  std::mt19937_64 random_;
  bool merged_, skips_;
};

std::set<std::string> asked_of_git(const History& history) {
  const auto& root = history.repository.root();
  const Result start = ran({"git", "bisect", "start", history.ids.back(),
                            history.ids.front()},
                           root, kPlainGit);
  CAPTURE(start.log);
  REQUIRE(start.exit == 0);
  // With two commits there is nothing to run.
  std::string text = start.log;
  if (text.find(" is the first bad commit") == text.npos) {
    const Result result =
        ran({"git", "bisect", "run", "sh", "check.sh"}, root, kPlainGit);
    text = result.log;
  }
  std::set<std::string> named;
  std::istringstream lines(text);
  bool set_follows = false;
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(" is the first bad commit");
    if (first == 40) {
      named = {line.substr(0, 40)};
    } else if (line.find("The first bad commit could be any of") == 0) {
      set_follows = true;
      named.clear();
    } else if (set_follows && line.size() == 40 &&
               line.find_first_not_of("0123456789abcdef") == line.npos) {
      named.insert(line);
    }
  }
  INFO(text);
  REQUIRE_FALSE(named.empty());
  return named;
}

void compare(std::uint64_t seed, bool merged, bool skips) {
  CAPTURE(seed, merged, skips);
  History history;
  Maker(seed, merged, skips).fill(history);
  const std::string& culprit = history.ids[history.culprit];

  const Result result =
      rung({"bisect", "--source", ".", "--good", history.ids.front(), "--bad",
            history.ids.back(), "--command", "sh check.sh", "--json"},
           history.repository.root(), kPlainGit);
  CAPTURE(result.log, history.ids, culprit);
  const auto json = result.json();
  CHECK(result.exit == 1);
  const std::set<std::string> git = asked_of_git(history);
  std::set<std::string> ours;
  if (json["outcome"] == "culprit") {
    REQUIRE(json["culprits"].size() == 1);
    REQUIRE(json["culprits"][0].size() == 1);
    ours = {json["culprits"][0][0]["id"].get<std::string>()};
  } else {
    REQUIRE(json["outcome"] == "suspects");
    for (const auto& suspect : json["suspects"]) {
      ours.insert(suspect["id"].get<std::string>());
    }
  }
  CAPTURE(git, ours);
  CHECK(ours.count(culprit) == 1);
  CHECK(std::includes(git.begin(), git.end(), ours.begin(), ours.end()));
}

void compare_many(bool merged, bool skips) {
  const std::uint64_t base = fakes::seed_or(2026);
  const std::uint64_t count = fakes::effort(10);
  for (std::uint64_t i = 0; i < count; ++i) {
    compare(base * 1'000'003 + i, merged, skips);
  }
}

}  // namespace

TEST_CASE("rung names git's first bad commit on linear histories",
          "[e2e][git_differential]") {
  compare_many(false, false);
}

TEST_CASE("rung names git's first bad commit on linear histories with skips",
          "[e2e][git_differential]") {
  compare_many(false, true);
}

TEST_CASE("rung names git's first bad commit on merged histories",
          "[e2e][git_differential]") {
  compare_many(true, false);
}

TEST_CASE("rung names git's first bad commit on merged histories with skips",
          "[e2e][git_differential]") {
  compare_many(true, true);
}

}  // namespace rung::e2e::git_differential_test
