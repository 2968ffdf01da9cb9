#include "core/search/ancestry.hpp"

#include <catch2/catch.hpp>
#include <numeric>

#include "core/search/choice.hpp"
#include "core/search/index_set.hpp"
#include "tests/fakes/search_world.hpp"

namespace rung::history_search_test {
namespace {

using fakes::bad;
using fakes::good;
using fakes::play;
using fakes::skip;

/// git bisect, as its manual and its output define it: among the commits that
/// the newest known bad one has and no good one has, test the one that halves
/// them best; go past those that are skipped. Names the rest once only skipped
/// commits are left.
struct GitBisect {
  const std::vector<std::vector<bool>>& reach;
  std::uint32_t bad;
  std::vector<std::uint32_t> goods;
  std::set<std::uint32_t> skipped;

  [[nodiscard]] std::vector<std::uint32_t> candidates() const {
    std::vector<std::uint32_t> left;
    for (std::uint32_t v = 0; v <= bad; ++v) {
      if (!reach[bad][v]) continue;
      if (std::none_of(goods.begin(), goods.end(),
                       [&](auto g) { return reach[g][v]; })) {
        left.push_back(v);
      }
    }
    return left;
  }
  [[nodiscard]] std::optional<std::uint32_t> next() const {
    const auto left = candidates();
    std::optional<std::uint32_t> best;
    std::size_t distance = 0;
    for (const auto v : left) {
      if (v == bad || skipped.contains(v)) continue;
      const auto below = static_cast<std::size_t>(std::count_if(
          left.begin(), left.end(), [&](auto u) { return reach[v][u]; }));
      const auto value = std::min(below, left.size() - below);
      if (!best || value > distance) {
        best = v;
        distance = value;
      }
    }
    return best;
  }
};

}  // namespace

TEST_CASE("Ancestor counts are exact with merges", "[core][ancestry]") {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 60; ++trial) {
    const auto n = 1 + static_cast<std::uint32_t>(random() % 1'500);
    const auto history = fakes::random_history(
        n, 0.02 + 0.3 * static_cast<double>(random() % 10) / 10, random);
    const bool first_parent = trial % 5 == 0;
    const Ancestry ancestry{&history, first_parent};
    std::vector<std::uint32_t> members;
    for (std::uint32_t v = 0; v < n; ++v) {
      if (trial % 2 == 0 || random() % 4 != 0) members.push_back(v);
    }
    if (members.empty()) members.push_back(0);
    // By the definition: a walk from each.
    std::vector<std::uint8_t> member(n, 0);
    for (const auto v : members) member[v] = 1;
    std::vector<std::uint32_t> expected;
    for (const auto top : members) {
      std::vector<std::uint32_t> open{top};
      std::vector<std::uint8_t> seen(n, 0);
      seen[top] = 1;
      std::uint32_t count = 0;
      while (!open.empty()) {
        const auto v = open.back();
        open.pop_back();
        ++count;
        for (const auto parent : ancestry.parents(v)) {
          if (seen[parent] || !member[parent]) continue;
          seen[parent] = 1;
          open.push_back(parent);
        }
      }
      expected.push_back(count);
    }
    CAPTURE(trial, n);
    REQUIRE(ancestor_counts(ancestry, members) == expected);
  }
}

TEST_CASE("In merged history every commit is found, also inside branches",
          "[core][search]") {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 150; ++trial) {
    const auto n = 1 + static_cast<std::uint32_t>(random() % 40);
    const auto history = fakes::random_history(n, 0.3, random);
    const auto reach = fakes::reachability(history);
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      if (!reach[n - 1][culprit]) continue;
      const auto run = play({&history, 0, {}}, [&](const Point& point) {
        return point.commit != Point::kGoodCommit &&
                       reach[point.commit][culprit]
                   ? bad()
                   : good();
      });
      CAPTURE(trial, n, culprit);
      REQUIRE(run.answer.outcome == Answer::Outcome::culprit);
      REQUIRE(run.answer.findings.at(0).culprit ==
              std::vector{DeltaRef{true, culprit}});
    }
  }
}

TEST_CASE("A merge whose parent brought another failure is followed upwards",
          "[core][search]") {
  // 1 breaks in its own way, 2 repairs that, 3 does not; 4 merges both and
  // shows the hunted failure. Asked from 3 on, the range ends at 1 at last.
  const auto history = fakes::graph({{}, {0}, {1}, {1}, {2, 3}});
  const SearchInput input{&history, 0, {}};
  const auto world = [](const Point& point) {
    if (point.commit == 1 || point.commit == 3) return bad("other");
    return point.commit == 4 ? bad() : good();
  };
  Search search(input, {});
  search.record({2, {}}, good());
  search.record({3, {}}, bad("other"));
  const auto run = play(search, world);
  REQUIRE(run.answer.outcome == Answer::Outcome::culprit);
  CHECK(fakes::false_accusation(input, world, run.answer) == "");
  const auto& finding = run.answer.findings.at(0);
  CHECK(finding.culprit == std::vector{DeltaRef{true, 1}});
  CHECK(finding.failure.signature == "other");
  // Where it was followed it was repaired: it never became the hunted one.
  CHECK_FALSE(finding.changed_at.has_value());
}

TEST_CASE("With skips the suspects are git's or a smaller right set",
          "[core][search]") {
  std::mt19937_64 random(11);
  unsigned ours_total = 0;
  unsigned git_total = 0;
  for (int trial = 0; trial < 2'000; ++trial) {
    const auto n = 2 + static_cast<std::uint32_t>(random() % 40);
    const auto history =
        fakes::random_history(n, trial % 4 == 0 ? 0.0 : 0.3, random);
    const auto reach = fakes::reachability(history);
    const auto culprit = static_cast<std::uint32_t>(random() % n);
    if (!reach[n - 1][culprit]) continue;
    std::set<std::uint32_t> untestable;
    const auto rate = random() % 6;
    for (std::uint32_t v = 0; v + 1 < n; ++v) {
      if (random() % 10 < rate) untestable.insert(v);
    }
    GitBisect git{reach, n - 1, {}, {}};
    unsigned git_probes = 0;
    while (const auto v = git.next()) {
      ++git_probes;
      if (untestable.contains(*v)) {
        git.skipped.insert(*v);
      } else if (reach[*v][culprit]) {
        git.bad = *v;
      } else {
        git.goods.push_back(*v);
      }
    }
    const auto run = play({&history, 0, {}}, [&](const Point& point) {
      if (point.commit == Point::kGoodCommit) return good();
      if (untestable.contains(point.commit)) return skip();
      return reach[point.commit][culprit] ? bad() : good();
    });
    const auto theirs = git.candidates();
    std::vector<DeltaRef> ours;
    if (run.answer.outcome == Answer::Outcome::culprit) {
      ours = run.answer.findings.at(0).culprit;
    } else {
      REQUIRE(run.answer.findings.empty());
      ours = run.answer.suspects;
    }
    CAPTURE(trial, n, culprit, untestable);
    REQUIRE(ours.size() <= theirs.size());
    REQUIRE(
        std::binary_search(ours.begin(), ours.end(), DeltaRef{true, culprit}));
    ours_total += run.total - 2;
    git_total += git_probes;
  }
  CAPTURE(ours_total, git_total);
  CHECK(ours_total <= git_total * 12 / 10);
}

TEST_CASE("On the main line only first parents are asked", "[core][search]") {
  std::mt19937_64 random(13);
  for (int trial = 0; trial < 100; ++trial) {
    const auto history = fakes::random_history(40, 0.3, random);
    const auto reach = fakes::reachability(history);
    const auto culprit = static_cast<std::uint32_t>(random() % 40);
    std::set<std::uint32_t> main_line;
    for (std::uint32_t v = 39;; v = history.parents_of(v).front()) {
      main_line.insert(v);
      if (history.parents_of(v).empty()) break;
    }
    SearchOptions options;
    options.first_parent = true;
    const auto run = play(
        {&history, 0, {}},
        [&](const Point& point) {
          return point.commit != Point::kGoodCommit &&
                         reach[point.commit][culprit]
                     ? bad()
                     : good();
        },
        options);
    for (const auto& point : run.order) {
      CHECK((point.commit == Point::kGoodCommit ||
             main_line.contains(point.commit)));
    }
    // The lowest commit of the main line that has the culprit.
    const auto expected =
        *std::find_if(main_line.begin(), main_line.end(),
                      [&](auto v) { return reach[v][culprit]; });
    CHECK(run.answer.findings.at(0).culprit.at(0).index == expected);
  }
}

TEST_CASE("An index set is the set it says", "[core][index_set]") {
  std::mt19937_64 random(17);
  for (int trial = 0; trial < 500; ++trial) {
    std::set<std::uint32_t> a, b;
    for (int i = 0; i < 12; ++i) {
      a.insert(static_cast<std::uint32_t>(random() % 30));
      b.insert(static_cast<std::uint32_t>(random() % 30));
    }
    auto set = [](const std::set<std::uint32_t>& from) {
      return IndexSet::of(std::vector(from.begin(), from.end()));
    };
    std::set<std::uint32_t> both = a, less;
    both.insert(b.begin(), b.end());
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                        std::inserter(less, less.end()));
    CHECK(set(a).plus(set(b)) == set(both));
    CHECK(set(a).minus(set(b)) == set(less));
    CHECK(set(a).size() == a.size());
    CHECK(set(a).indices() == std::vector(a.begin(), a.end()));
    for (std::uint32_t i = 0; i < 30; ++i) {
      CHECK(set(a).contains(i) == a.contains(i));
      CHECK(set(a).before(i) == set({a.begin(), a.lower_bound(i)}));
    }
    for (std::uint32_t i = 0; i < a.size(); ++i) {
      CHECK(set(a).at(i) == *std::next(a.begin(), i));
      CHECK(set(a).first(i) == set({a.begin(), std::next(a.begin(), i)}));
    }
  }
}

}  // namespace rung::history_search_test
