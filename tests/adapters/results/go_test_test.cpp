// What `go test -json` prints (go 1.26), shortened.
#include "adapters/results/go_test.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "tests/adapters/results/verdicts.hpp"

namespace rung::go_test_test {
namespace {

using Catch::Contains;

TestReport read(const std::string& text) {
  std::istringstream in(text);
  return go_test_report(in);
}

// x: tests of all kinds. b does not build. c dies in a test. d has no tests.
constexpr const char* kGo =
    R"({"ImportPath":"x/b [x/b.test]","Action":"build-output","Output":"# x/b [x/b.test]\n"}
{"ImportPath":"x/b [x/b.test]","Action":"build-output","Output":"b/b_test.go:3:28: undefined: undefined\n"}
{"ImportPath":"x/b [x/b.test]","Action":"build-fail"}
{"Time":"2026-11-30T06:45:05.704897643Z","Action":"start","Package":"x"}
{"Action":"run","Package":"x","Test":"TestOk"}
{"Action":"output","Package":"x","Test":"TestOk","Output":"=== RUN   TestOk\n"}
{"Action":"pass","Package":"x","Test":"TestOk","Elapsed":0.25}
{"Action":"run","Package":"x","Test":"TestBad"}
{"Action":"run","Package":"x","Test":"TestBad/sub_case"}
{"Action":"output","Package":"x","Test":"TestBad/sub_case","Output":"=== RUN   TestBad/sub_case\n"}
{"Action":"output","Package":"x","Test":"TestBad/sub_case","Output":"    a_test.go:4: got 3, want 4\n"}
{"Action":"output","Package":"x","Test":"TestBad/sub_case","Output":"--- FAIL: TestBad/sub_case (0.00s)\n"}
{"Action":"fail","Package":"x","Test":"TestBad/sub_case","Elapsed":0}
{"Action":"fail","Package":"x","Test":"TestBad","Elapsed":0}
{"Action":"run","Package":"x","Test":"TestSkip"}
{"Action":"skip","Package":"x","Test":"TestSkip","Elapsed":0}
{"Action":"output","Package":"x","Output":"FAIL\n"}
{"Action":"fail","Package":"x","Elapsed":0.016}
{"Action":"start","Package":"x/b"}
{"Action":"output","Package":"x/b","Output":"FAIL\tx/b [build failed]\n"}
{"Action":"fail","Package":"x/b","Elapsed":0,"FailedBuild":"x/b [x/b.test]"}
{"Action":"start","Package":"x/c"}
{"Action":"run","Package":"x/c","Test":"TestDies"}
{"Action":"output","Package":"x/c","Output":"FAIL\tx/c\t0.020s\n"}
{"Action":"fail","Package":"x/c","Elapsed":0.02}
{"Action":"start","Package":"x/d"}
{"Action":"output","Package":"x/d","Output":"?   \tx/d\t[no test files]\n"}
{"Action":"skip","Package":"x/d","Elapsed":0}
)";

}  // namespace

TEST_CASE("Go's tests, and packages that do not build", "[adapters][results]") {
  const TestReport report = read(kGo);
  CHECK(verdicts(report.tests) == Verdicts{{"x::TestOk", '+'},
                                           {"x::TestBad", '-'},
                                           {"x::TestBad/sub_case", '-'},
                                           {"x::TestSkip", '?'},
                                           {"x", '+'},
                                           {"x/b", '-'},
                                           {"x/c::TestDies", '-'},
                                           {"x/c", '+'}});
  CHECK(report.tests.at("x::TestBad/sub_case").message ==
        "a_test.go:4: got 3, want 4");
  CHECK(report.tests.at("x::TestOk").seconds == 0.25);
  CHECK(report.tests.at("x/b").message ==
        "b/b_test.go:3:28: undefined: undefined");
  CHECK(report.tests.at("x/c::TestDies").message == "it began and did not end");
}

TEST_CASE("Go's output that was cut off is refused, or tells nothing else",
          "[adapters][results]") {
  const std::string whole = kGo;
  const Verdicts all = verdicts(read(whole).tests);
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    try {
      for (const auto& one : verdicts(read(whole.substr(0, size)).tests)) {
        CAPTURE(whole.substr(0, size), one.first);
        REQUIRE(all.at(one.first) == one.second);
      }
    } catch (const BadReport&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
  CHECK_THROWS_WITH(read(""), Contains("it is empty"));
  CHECK_THROWS_WITH(read("{\"Action\":\"start\",\"Package\":\"x\"}\n"),
                    Contains("package x has not ended"));
  CHECK(read("go: downloading x\n").cases == 0);
}

}  // namespace rung::go_test_test
