#include "core/search/search.hpp"

#include <bit>
#include <catch2/catch.hpp>

#include "tests/fakes/search_world.hpp"

namespace rung::search_test {
namespace {

using fakes::bad;
using fakes::breaks_from;
using fakes::false_accusation;
using fakes::good;
using fakes::has_commit;
using fakes::play;
using fakes::skip;
using Outcome = Answer::Outcome;

unsigned log2_up(std::uint64_t n) {
  return static_cast<unsigned>(std::bit_width(n - 1));
}

bool holds(const Point& point, std::uint32_t delta) {
  return std::binary_search(point.on.begin(), point.on.end(), delta);
}

}  // namespace

TEST_CASE("A single culprit is found within the bound, whatever the axis",
          "[core][search]") {
  for (std::uint32_t deltas = 0; deltas <= 9; ++deltas) {
    for (std::uint32_t commits = 0; commits <= 9; ++commits) {
      const auto history = fakes::linear(commits);
      const SearchInput input{&history, deltas, {}};
      for (std::uint32_t culprit = 0; culprit < deltas + commits; ++culprit) {
        CAPTURE(deltas, commits, culprit);
        Search search(input, {});
        const auto promised = search.left();
        REQUIRE(promised.candidates == deltas + commits);
        REQUIRE(promised.probes_at_most == log2_up(deltas + commits) + 4);
        const auto run = play(search, [&](const Point& point) {
          const bool fails = culprit < deltas
                                 ? holds(point, culprit)
                                 : has_commit(point, culprit - deltas);
          return fails ? bad() : good();
        });
        REQUIRE(run.answer.outcome == Outcome::culprit);
        REQUIRE(run.answer.findings.size() == 1);
        const DeltaRef expected = culprit < deltas
                                      ? DeltaRef{false, culprit}
                                      : DeltaRef{true, culprit - deltas};
        REQUIRE(run.answer.findings[0].culprit == std::vector{expected});
        REQUIRE(run.total <= log2_up(deltas + commits) + 4);
      }
    }
  }
}

TEST_CASE("With skips the suspects are the smallest provable range",
          "[core][search]") {
  for (std::uint32_t n = 1; n <= 9; ++n) {
    const auto history = fakes::linear(n);
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (std::uint32_t mask = 0; mask < (1U << (n - 1)); ++mask) {
        CAPTURE(n, culprit, mask);
        const auto run = play({&history, 0, {}}, [&](const Point& point) {
          if (point.commit == Point::kGoodCommit) return good();
          if (mask >> point.commit & 1) return skip();
          return point.commit >= culprit ? bad() : good();
        });
        auto first = culprit;  // lowest commit above the last testable pass
        while (first > 0 && (mask >> (first - 1) & 1)) --first;
        auto last = culprit;
        while (mask >> last & 1) ++last;
        std::vector<DeltaRef> expected;
        for (auto i = first; i <= last; ++i) expected.push_back({true, i});
        if (expected.size() == 1) {
          REQUIRE(run.answer.outcome == Outcome::culprit);
          REQUIRE(run.answer.findings.at(0).culprit == expected);
        } else {
          REQUIRE(run.answer.outcome == Outcome::suspects);
          REQUIRE(run.answer.suspects == expected);
          REQUIRE(run.answer.findings.empty());
        }
      }
    }
  }
}

TEST_CASE("Deltas that only break together are all named", "[core][search]") {
  for (std::uint32_t deltas = 1; deltas <= 7; ++deltas) {
    for (std::uint32_t commits = 0; commits <= 4; ++commits) {
      const auto history = fakes::linear(commits);
      const SearchInput input{&history, deltas, {}};
      for (std::uint32_t set = 1; set < (1U << deltas); ++set) {
        for (std::uint32_t c = 0; c <= commits; ++c) {
          const auto k = static_cast<unsigned>(std::popcount(set)) + (c > 0);
          if (k > 3) continue;
          CAPTURE(deltas, commits, set, c);
          std::vector<DeltaRef> expected;
          for (std::uint32_t d = 0; d < deltas; ++d) {
            if (set >> d & 1) expected.push_back({false, d});
          }
          if (c > 0) expected.push_back({true, c - 1});
          const auto run = play(input, [&](const Point& point) {
            for (const auto& member : expected) {
              if (member.is_commit ? !has_commit(point, member.index)
                                   : !holds(point, member.index)) {
                return good();
              }
            }
            return bad();
          });
          REQUIRE(run.answer.outcome == Outcome::culprit);
          REQUIRE(run.answer.findings.size() == 1);
          REQUIRE(run.answer.findings[0].culprit == expected);
          REQUIRE(run.total <= k * (log2_up(deltas + commits) + 2) + 4);
        }
      }
    }
  }
}

TEST_CASE("Two deltas, each of which alone breaks, are two findings",
          "[core][search]") {
  for (const std::size_t workers : {1, 3}) {
    for (std::uint32_t n = 2; n <= 9; ++n) {
      for (std::uint32_t a = 0; a < n; ++a) {
        for (std::uint32_t b = a + 1; b < n; ++b) {
          const auto run = play(
              {nullptr, n, {}},
              [&](const Point& point) {
                return holds(point, a) || holds(point, b) ? bad() : good();
              },
              {}, workers);
          CAPTURE(n, a, b, workers);
          REQUIRE(run.answer.outcome == Outcome::culprit);
          REQUIRE(run.answer.findings.size() == 2);
          REQUIRE(run.answer.findings[0].culprit ==
                  std::vector{DeltaRef{false, a}});
          REQUIRE(run.answer.findings[1].culprit ==
                  std::vector{DeltaRef{false, b}});
        }
      }
    }
  }
}

TEST_CASE("A commit and a variable, each of which alone breaks",
          "[core][search]") {
  const auto history = fakes::linear(6);
  const auto run = play({&history, 5, {}}, [&](const Point& point) {
    return holds(point, 2) || has_commit(point, 3) ? bad() : good();
  });
  REQUIRE(run.answer.findings.size() == 2);
  CHECK(run.answer.findings[0].culprit == std::vector{DeltaRef{false, 2}});
  CHECK(run.answer.findings[1].culprit == std::vector{DeltaRef{true, 3}});

  SearchOptions options;
  options.first_only = true;
  const auto first = play(
      {&history, 5, {}},
      [&](const Point& point) {
        return holds(point, 2) || has_commit(point, 3) ? bad() : good();
      },
      options);
  REQUIRE(first.answer.findings.size() == 1);
  CHECK(first.answer.hidden.has_value());
}

TEST_CASE("Controls that do not hold end the search", "[core][search]") {
  const auto history = fakes::linear(5);
  const SearchInput input{&history, 3, {}};
  struct Case {
    Observation good_end, bad_end;
    Outcome outcome;
  };
  const std::vector<Case> cases{
      {bad(), bad(), Outcome::drift},
      {bad("another"), good(), Outcome::drift},
      {good(), good(), Outcome::not_reproducible},
      {good(), skip(), Outcome::no_verdict},
      {skip(), bad(), Outcome::no_verdict},
      {good(), {Verdict::infra, Failure{}, {}, {}}, Outcome::no_verdict},
  };
  for (const auto& c : cases) {
    for (const std::size_t workers : {1, 2}) {
      const auto run = play(
          input,
          [&](const Point& point) {
            return point == Point{} ? c.good_end : c.bad_end;
          },
          {}, workers);
      CHECK(run.answer.outcome == c.outcome);
      CHECK(run.answer.findings.empty());
      CHECK(run.total <= 2);
      // Why it ends is told, unless both ends pass.
      CHECK(run.answer.hunted.has_value() ==
            (c.outcome != Outcome::not_reproducible));
    }
  }
}

TEST_CASE("A breakage that was repaired is a side finding", "[core][search]") {
  // Linear history: [from, to) fails in another way, [culprit, n) as hunted.
  for (std::uint32_t n = 3; n <= 9; ++n) {
    const auto history = fakes::linear(n);
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (std::uint32_t from = 0; from < culprit; ++from) {
        for (std::uint32_t to = from + 1; to < culprit; ++to) {
          CAPTURE(n, culprit, from, to);
          const auto world = [&](const Point& point) {
            if (!has_commit(point, from)) return good();
            if (point.commit < to) return bad("other", Stage::soak);
            return point.commit >= culprit ? bad() : good();
          };
          const auto run = play({&history, 0, {}}, world);
          REQUIRE(run.answer.outcome == Outcome::culprit);
          REQUIRE(run.answer.findings.size() == 1);
          REQUIRE(run.answer.findings[0].culprit ==
                  std::vector{DeltaRef{true, culprit}});
          REQUIRE(run.answer.findings[0].failure.signature == "hunted");
          for (const auto& side : run.answer.repaired) {
            REQUIRE(side.broken_by == DeltaRef{true, from});
            REQUIRE(side.repaired_by == DeltaRef{true, to});
            REQUIRE(side.failure.signature == "other");
          }
          const bool met = std::any_of(
              run.order.begin(), run.order.end(), [&](const Point& point) {
                const auto seen = world(point);
                return seen.failure && seen.failure->signature == "other";
              });
          REQUIRE(run.answer.repaired.size() == (met ? 1 : 0));
        }
      }
    }
  }
}

TEST_CASE("What is guilty is not said to be repaired", "[core][search]") {
  // Another program once answered for the release with some deltas on.
  for (std::uint32_t n = 3; n <= 9; ++n) {
    for (std::uint32_t culprit = 0; culprit < n; ++culprit) {
      for (std::uint32_t lie = 1; lie < n; ++lie) {
        CAPTURE(n, culprit, lie);
        const auto run = play({nullptr, n, {}}, [&](const Point& point) {
          const bool prefix =
              point.on.size() == lie && point.on.back() == lie - 1;
          return prefix ? good() : fakes::breaks_with({culprit})(point);
        });
        if (run.answer.outcome != Outcome::culprit) continue;
        for (const auto& finding : run.answer.findings) {
          for (const DeltaRef& guilty : finding.culprit) {
            for (const auto& side : run.answer.repaired) {
              REQUIRE(side.broken_by != guilty);
              REQUIRE(side.repaired_by != guilty);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("A second failure that came later does not hide the first breaker",
          "[core][search]") {
  for (std::uint32_t n = 2; n <= 9; ++n) {
    const auto history = fakes::linear(n);
    for (std::uint32_t first = 0; first < n; ++first) {
      for (std::uint32_t second = first + 1; second < n; ++second) {
        CAPTURE(n, first, second);
        const auto run = play({&history, 0, {}}, [&](const Point& point) {
          if (!has_commit(point, first)) return good();
          return point.commit < second ? bad("first", Stage::soak) : bad();
        });
        REQUIRE(run.answer.outcome == Outcome::culprit);
        REQUIRE(run.answer.findings.size() == 1);
        const auto& finding = run.answer.findings[0];
        REQUIRE(finding.culprit == std::vector{DeltaRef{true, first}});
        REQUIRE(finding.failure.signature == "first");
        REQUIRE(finding.changed_at == DeltaRef{true, second});
        REQUIRE(run.answer.hunted->signature == "hunted");
      }
    }
  }
}

TEST_CASE("Only this failure: others are skipped", "[core][search]") {
  const auto history = fakes::linear(8);
  SearchOptions options;
  options.only_this_failure = true;
  const auto run = play(
      {&history, 0, {}},
      [&](const Point& point) {
        if (!has_commit(point, 2)) return good();
        return point.commit < 5 ? bad("first", Stage::soak) : bad();
      },
      options);
  CHECK(run.answer.outcome == Outcome::suspects);
  const std::vector<DeltaRef> expected{
      {true, 2}, {true, 3}, {true, 4}, {true, 5}};
  CHECK(run.answer.suspects == expected);
}

TEST_CASE("A failure at an earlier stage masks: it is a skip",
          "[core][search]") {
  const auto history = fakes::linear(8);
  const auto run = play({&history, 0, {}}, [&](const Point& point) {
    if (point.commit == 3 || point.commit == 4) {
      return bad("does not compile", Stage::build);
    }
    return has_commit(point, 6) ? bad() : good();
  });
  REQUIRE(run.answer.findings.size() == 1);
  CHECK(run.answer.findings[0].culprit == std::vector{DeltaRef{true, 6}});
}

TEST_CASE("Stacked independent failures are found apart", "[core][search]") {
  // As a bump of many requirements: one stops the start; behind it another
  // breaks health. Every pair, in both orders.
  for (std::uint32_t n = 2; n <= 9; ++n) {
    for (std::uint32_t start = 0; start < n; ++start) {
      for (std::uint32_t health = 0; health < n; ++health) {
        if (start == health) continue;
        CAPTURE(n, start, health);
        const auto run = play({nullptr, n, {}}, [&](const Point& point) {
          if (holds(point, start)) return bad("no library", Stage::start);
          if (holds(point, health)) return bad("wrong reply", Stage::health);
          return good();
        });
        REQUIRE(run.answer.outcome == Outcome::culprit);
        REQUIRE(run.answer.findings.size() == 2);
        const auto low = std::min(start, health);
        for (const auto& finding : run.answer.findings) {
          const auto one = finding.culprit.at(0).index;
          REQUIRE(finding.culprit.size() == 1);
          REQUIRE(finding.failure.signature ==
                  (one == start ? "no library" : "wrong reply"));
        }
        REQUIRE(run.answer.findings[0].culprit[0].index == low);
        if (low == health) {
          REQUIRE(run.answer.findings[0].changed_at == DeltaRef{false, start});
        }
      }
    }
  }
}

TEST_CASE("Prefixes that conflict do not hide a delta that fails alone",
          "[core][search]") {
  // Any mixture of old and new among 3..8 is a conflict, unless all but one
  // are old: nothing between those prefixes can be tested.
  const std::uint32_t n = 12;
  for (std::uint32_t culprit = 3; culprit <= 8; ++culprit) {
    const auto run = play({nullptr, n, {}}, [&](const Point& point) {
      const auto mixed = std::count_if(point.on.begin(), point.on.end(),
                                       [](auto i) { return i >= 3 && i <= 8; });
      if (mixed > 1 && mixed < 6) return skip();
      return holds(point, culprit) ? bad() : good();
    });
    CAPTURE(culprit);
    REQUIRE(run.answer.outcome == Outcome::culprit);
    REQUIRE(run.answer.findings.at(0).culprit ==
            std::vector{DeltaRef{false, culprit}});
    // Taken out of bad it leaves a conflict behind, and that is said.
    CHECK(run.answer.hidden.has_value());
  }
}

TEST_CASE("Whatever the world, nobody is accused falsely", "[core][search]") {
  std::mt19937_64 random(20'260'101);
  unsigned culprits = 0;
  for (int trial = 0; trial < 2'000; ++trial) {
    const auto deltas = static_cast<std::uint32_t>(random() % 9);
    const auto commits = static_cast<std::uint32_t>(random() % 4);
    if (deltas + commits == 0) continue;
    const auto history = fakes::linear(commits);
    const SearchInput input{&history, deltas, {}};
    const auto salt = random();
    const int signatures = 1 + static_cast<int>(random() % 3);
    const auto skips = random() % 3 == 0 ? 20U : 0U;
    const auto fails = 10 + random() % 80;
    Point top;
    top.commit = commits ? commits - 1 : Point::kGoodCommit;
    for (std::uint32_t i = 0; i < deltas; ++i) top.on.push_back(i);
    const auto world = [&](const Point& point) {
      if (point == Point{}) return good();
      std::uint64_t h = salt ^ (point.commit * 0x9E3779B97F4A7C15ULL);
      for (const auto i : point.on) h ^= std::mt19937_64(salt + i)();
      std::mt19937_64 dice(h);
      const auto draw = dice() % 100;
      if (point == top || draw < fails) {
        const auto which = dice() % static_cast<unsigned>(signatures);
        return bad("s" + std::to_string(which),
                   static_cast<Stage>(3 + which % 3));
      }
      return draw >= 100 - skips ? skip() : good();
    };
    const std::size_t workers = 1 + random() % 3;
    CAPTURE(trial, deltas, commits, workers);
    const auto run = play(input, world, {}, workers);
    REQUIRE(false_accusation(input, world, run.answer) == "");
    if (run.answer.outcome == Outcome::suspects) {
      REQUIRE(!run.answer.suspects.empty());
    }
    culprits += run.answer.outcome == Outcome::culprit;
  }
  CHECK(culprits > 1'000);
}

TEST_CASE("A search resumes from remembered verdicts and repeats none",
          "[core][search]") {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 60; ++trial) {
    const auto history = fakes::random_history(30, 0.2, random);
    const auto reach = fakes::reachability(history);
    const SearchInput input{&history, 6, {}};
    const auto commit = static_cast<std::uint32_t>(random() % 30);
    const auto delta = static_cast<std::uint32_t>(random() % 6);
    const auto world = [&](const Point& point) {
      return point.commit != Point::kGoodCommit &&
                     reach[point.commit][commit] && holds(point, delta)
                 ? bad()
                 : good();
    };
    const auto whole = play(input, world);
    const auto cut = random() % whole.order.size();
    Search again(input, {});
    for (std::size_t i = cut; i-- > 0;) {
      again.record(whole.order[i], world(whole.order[i]));
    }
    const auto rest = play(again, world);
    CHECK(rest.total + cut == whole.total);
    CHECK(rest.answer.findings.at(0).culprit ==
          whole.answer.findings.at(0).culprit);
  }
}

TEST_CASE("Several workers cut the range into equal parts", "[core][search]") {
  const auto history = fakes::linear(1'024);
  struct Case {
    std::size_t workers;
    unsigned rounds;
  };
  for (const auto& [workers, rounds] : {Case{2, 7}, Case{4, 5}, Case{8, 4}}) {
    for (std::uint32_t culprit = 0; culprit < 1'024; culprit += 31) {
      const auto run = play(
          {&history, 0, {}},
          breaks_from(culprit),
          {}, workers);
      REQUIRE(run.answer.findings.at(0).culprit.at(0).index == culprit);
      REQUIRE(run.rounds <= rounds + 1);  // and the controls
    }
  }
}

TEST_CASE("Probes that an answer made useless are named", "[core][search]") {
  const auto history = fakes::linear(100);
  Search search({&history, 0, {}}, {});
  for (const auto& [point, purpose] : search.next(2)) {
    search.record(point, purpose == Purpose::control_good ? good() : bad());
  }
  const auto three = search.next(3);
  REQUIRE(three.size() == 3);
  CHECK(search.obsolete().empty());
  CHECK(search.next(0).empty());
  auto lowest = three.front().point;
  for (const auto& proposal : three) {
    lowest = std::min(lowest, proposal.point);
  }
  search.record(lowest, bad());
  CHECK(search.obsolete().size() == 2);
  for (const auto& point : search.obsolete()) search.cancel(point);
  CHECK(search.obsolete().empty());
  CHECK(search.next(3).size() == 3);
}

TEST_CASE("Among equally good probes the cheaper is taken", "[core][search]") {
  const auto history = fakes::linear(1'000);
  SearchInput input{&history, 0, {}};
  input.seconds = [](const Point& point) {
    return point.commit % 16 == 3 ? 1.0 : 10.0;
  };
  unsigned dear = 0;
  unsigned all = 0;
  for (std::uint32_t culprit = 0; culprit < 1'000; culprit += 13) {
    const auto run = play(input, breaks_from(culprit));
    REQUIRE(run.answer.findings.at(0).culprit.at(0).index == culprit);
    REQUIRE(run.total <= 14);
    all += run.probes.at(Purpose::search);
    for (const auto& point : run.order) dear += point.commit % 16 != 3;
  }
  CHECK(dear < all * 7 / 10);
}

}  // namespace rung::search_test
