// TAP as perl and node write it, and as it looks when something went wrong.
#include "adapters/results/tap.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "tests/adapters/results/verdicts.hpp"

namespace rung::tap_test {
namespace {

using Catch::Contains;

TestReport read(const std::string& text, const std::string& group = "") {
  std::istringstream in(text);
  return tap_report(in, group);
}

// node 20 --test --test-reporter=tap, without the stacks.
constexpr const char* kNode = R"tap(TAP version 13
# Subtest: adds
ok 1 - adds
  ---
  duration_ms: 6.039214
  ...
# Subtest: outer \# hash
    # Subtest: inner
    not ok 1 - inner
      ---
      duration_ms: 1.399677
      failureType: 'testCodeFailure'
      error: '3 == 4'
      stack: |-
        not ok 7 - this is no result
      ...
    # Subtest: ok one
    ok 2 - ok one
      ---
      duration_ms: 4.458157
      ...
    1..2
not ok 2 - outer \# hash
  ---
  error: '1 subtest failed'
  ...
# Subtest: suite
    # Subtest: skips
    ok 1 - skips # SKIP not today
      ---
      duration_ms: 0.247204
      ...
    # Subtest: todo
    not ok 2 - todo # TODO
      ---
      error: |-
        The expression evaluated to a falsy value:
      ...
    # Subtest: multi
    not ok 3 - multi
      ---
      duration_ms: 0.228469
      error: |-
        line one
        line two
      ...
    1..3
not ok 3 - suite
  ---
  type: 'suite'
  ...
1..3
# tests 7
# fail 3
)tap";

// perl's Test::More.
constexpr const char* kPerl = R"tap(ok 1 - adds
not ok 2 - breaks
#   Failed test 'breaks'
#   at t.t line 2.
ok 3 # skip no db
not ok 4 - todo # TODO later
#   Failed (TODO) test 'todo'
# Subtest: outer
    1..2
    ok 1 - in
    not ok 2 - cmp
not ok 5 - outer
ok 6
1..6
)tap";

}  // namespace

TEST_CASE("Node's TAP: subtests have a group, failures what they say",
          "[adapters][results]") {
  const TestReport report = read(kNode);
  CHECK(verdicts(report.tests) == Verdicts{{"adds", '+'},
                                           {"outer # hash", '-'},
                                           {"outer # hash::inner", '-'},
                                           {"outer # hash::ok one", '+'},
                                           {"suite", '-'},
                                           {"suite::skips", '?'},
                                           {"suite::todo", '?'},
                                           {"suite::multi", '-'}});
  CHECK(report.tests.at("outer # hash::inner").message == "3 == 4");
  CHECK(report.tests.at("suite::multi").message == "line one");
}

TEST_CASE("Perl's TAP: the plan comes last, results may have no name",
          "[adapters][results]") {
  const TestReport report = read(kPerl);
  CHECK(verdicts(report.tests) == Verdicts{{"adds", '+'},
                                           {"breaks", '-'},
                                           {"test 3", '?'},
                                           {"todo", '?'},
                                           {"outer", '-'},
                                           {"outer::in", '+'},
                                           {"outer::cmp", '-'},
                                           {"test 6", '+'}});
  CHECK(report.tests.at("breaks").message == "Failed test 'breaks'");
  CHECK(read("1..1\r\nok 1 - a\r\n", "t/a.tap").tests.count("t/a.tap::a") == 1);
}

TEST_CASE("TAP that was cut off anywhere is refused, or tells the same",
          "[adapters][results]") {
  for (const std::string whole : {kNode, kPerl}) {
    const Verdicts all = verdicts(read(whole).tests);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Verdicts told;
      try {
        told = verdicts(read(whole.substr(0, size)).tests);
      } catch (const BadReport&) {
        continue;
      }
      CAPTURE(whole.substr(0, size));
      CHECK(told == all);
    }
  }
}

TEST_CASE("TAP whose plan and results disagree is refused",
          "[adapters][results]") {
  const auto refuses = [](const char* text, const char* why) {
    CAPTURE(text);
    CHECK_THROWS_WITH(read(text), Contains(why));
  };
  refuses("", "it is empty");
  refuses("hello\n", "no plan");
  refuses("ok 1\nok 2\n", "no plan");
  refuses("1..3\nok 1\nok 2\n", "its plan says 3 tests, and it lists 2");
  refuses("1..1\nok 1\nok 2\n", "its plan says 1 tests, and it lists 2");
  refuses("1..2\nok 1\nok 1\n", "test 1 stands where test 2 belongs");
  refuses("ok 1\n1..1\nok 2\n", "a test follows the plan");
  refuses("1..1\nok 1\n1..1\nok 1\n", "two plans");
  refuses("1..2\nok 1\nBail out! no database\n", "no database");
  refuses("# Subtest: a\n    1..2\n    ok 1\nok 1 - a\n1..1\n",
          "2 tests of a, and it lists 1");
  refuses("TAP version 13\n1..2\nok 1\nTAP version 13\n1..1\nok 1\n",
          "its plan says 2");
  // Two files, one after the other.
  CHECK(read("TAP version 13\n1..1\nok 1 - a\nTAP version 13\n1..1\nok 1 - b\n")
            .cases == 2);
  CHECK(read("1..0 # SKIP no database\n").cases == 0);
}

}  // namespace rung::tap_test
