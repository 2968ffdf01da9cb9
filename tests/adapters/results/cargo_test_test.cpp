// What `cargo test` prints (cargo 1.95), shortened.
#include "adapters/results/cargo_test.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "tests/adapters/results/verdicts.hpp"

namespace rung::cargo_test_test {
namespace {

using Catch::Contains;

TestReport read(const std::string& text) {
  std::istringstream in(text);
  return cargo_test_report(in);
}

constexpr const char* kCargo = R"(   Compiling shop v0.1.0 (/src)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 2.66s
     Running unittests src/lib.rs (target/debug/deps/shop-507999230d6984fa)

running 4 tests
test tests::adds ... ok
test tests::later ... ignored, slow
test tests::breaks ... FAILED
test tests::panics - should panic ... ok

failures:

---- tests::breaks stdout ----

thread 'tests::breaks' (23409) panicked at src/lib.rs:9:27:
assertion `left == right` failed: sums
  left: 2
 right: 3


failures:
    tests::breaks

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.42s

error: test failed, to rerun pass `--lib`
     Running tests/it.rs (target/debug/deps/it-d6c00e1614d165e9)

running 1 test
test adds ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests shop

running 1 test
test src/lib.rs - add (line 2) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.34s
)";

}  // namespace

TEST_CASE("Cargo's tests have the crate and file that ran as their group",
          "[adapters][results]") {
  const TestReport report = read(kCargo);
  CHECK(verdicts(report.tests) ==
        Verdicts{{"shop (src/lib.rs) :: tests::adds", '+'},
                 {"shop (src/lib.rs) :: tests::later", '?'},
                 {"shop (src/lib.rs) :: tests::breaks", '-'},
                 {"shop (src/lib.rs) :: tests::panics", '+'},
                 {"it (tests/it.rs)::adds", '+'},
                 {"shop (doc)::src/lib.rs - add (line 2)", '+'}});
  CHECK(report.tests.at("shop (src/lib.rs) :: tests::breaks").message ==
        "assertion `left == right` failed: sums");
}

TEST_CASE("Cargo's output that was cut off is refused, or tells nothing else",
          "[adapters][results]") {
  const std::string whole = kCargo;
  const Verdicts all = verdicts(read(whole).tests);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    try {
      for (const auto& one : verdicts(read(whole.substr(0, size)).tests)) {
        CAPTURE(whole.substr(0, size), one.first);
        REQUIRE(all.at(one.first) == one.second);
      }
    } catch (const BadReport&) {
    }
  }
  const auto refuses = [](const char* text, const char* why) {
    CAPTURE(text);
    CHECK_THROWS_WITH(read(text), Contains(why));
  };
  refuses("", "it is empty");
  refuses("running 1 test\ntest a ... ok\n", "no \"test result\"");
  refuses(
      "running 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; "
      "0 ignored; 0 measured\n",
      "it counts 2 passed, 0 failed, 0 ignored of 2, and lists 1, 0, 0");
  refuses(
      "running 2 tests\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; "
      "0 ignored; 0 measured\n",
      "of 2, and lists 1");
  refuses("running 1 test\nrunning 1 test\n", "before another has ended");
  CHECK(read("error[E0425]: cannot find value `x`\n").cases == 0);
}

}  // namespace rung::cargo_test_test
