// JUnit XML as five tools write it, and as it looks when something went wrong.
#include "adapters/results/junit.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <string>

#include "adapters/results/report_files.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::junit_test {
namespace {

/// The ids with this verdict.
std::set<std::string> those(const TestReport& report, TestVerdict verdict) {
  std::set<std::string> ids;
  for (const auto& [id, result] : report.tests) {
    if (result.verdict == verdict) ids.insert(id);
  }
  return ids;
}

using Ids = std::set<std::string>;
using Catch::Contains;

void check_refused(const std::string& xml, const std::string& why) {
  CAPTURE(xml);
  CHECK_THROWS_WITH(junit_report_from(xml), Contains(why));
}

// pytest 8: one <testsuites>, classes with dots, errors of fixtures.
constexpr const char* kPytest =
    R"xml(<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests">
<testsuite name="pytest" errors="1" failures="1" skipped="2" tests="6" time="0.084"
 timestamp="2026-11-30T02:00:00.000000+00:00" hostname="h">
<testcase classname="tests.test_shop"
 name="test_sum" time="0.001" />
<testcase classname="tests.test_shop"
 name="test_price[1-&lt;2&gt;]" time="0.002">
<failure message="assert 3 == 4&#10; +  where 3 = price(1)">def test_price():
&gt;       assert price(1) == 4
E       assert 3 == 4

tests/test_shop.py:9: AssertionError</failure></testcase>
<testcase classname="tests.test_shop"
 name="test_db" time="0.001">
<error message="failed on setup with &quot;ConnectionRefusedError&quot;">conn</error></testcase>
<testcase classname="tests.test_shop"
 name="test_later" time="0.000"><skipped type="pytest.skip" message="not today">
tests/test_shop.py:20: not today</skipped></testcase>
<testcase classname="tests.test_shop"
 name="test_xfail" time="0.001"><skipped type="pytest.xfail" message="" /></testcase>
<testcase classname="tests.test_shop.TestCart"
 name="test_empty" time="0.001" /></testsuite></testsuites>)xml";

// ctest 3.25 --output-junit: one <testsuite>, class and name are the same.
constexpr const char* kCtest = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux-c++"
	tests="4"
	failures="1"
	disabled="1"
	skipped="1"
	hostname=""
	time="0"
	timestamp="2026-11-30T02:00:00"
	>
	<testcase name="adds" classname="adds" time="0.00131822" status="run">
		<system-out>ok
</system-out>
	</testcase>
	<testcase name="divides" classname="divides" time="0.00125" status="fail">
		<failure message=""/>
		<system-out>Floating point exception
</system-out>
	</testcase>
	<testcase name="prints" classname="prints" time="0" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
		<system-out></system-out>
	</testcase>
	<testcase name="old" classname="old" time="0" status="disabled">
		<properties/>
		<system-out>Disabled</system-out>
	</testcase>
</testsuite>
)xml";

// go-junit-report 2: a suite for each package.
constexpr const char* kGo = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" skipped="1">
	<testsuite name="example.com/shop/cart" tests="2" failures="1" errors="0"
	 id="0" skipped="0" time="0.002" timestamp="2026-11-30T02:00:00Z">
		<properties>
			<property name="go.version" value="go1.22"></property>
		</properties>
		<testcase name="TestAdd" classname="example.com/shop/cart" time="0.000"></testcase>
		<testcase name="TestAdd/negative" classname="example.com/shop/cart" time="0.000">
			<failure message="Failed"><![CDATA[    cart_test.go:12: got -1, want 0]]></failure>
		</testcase>
	</testsuite>
	<testsuite name="example.com/shop/price" tests="1" failures="0" errors="0" id="1" skipped="1" time="0.001">
		<testcase name="TestAdd" classname="example.com/shop/price" time="0.000">
			<skipped message="short"></skipped>
		</testcase>
	</testsuite>
</testsuites>
)xml";

// jest-junit 16: class and name are both the whole sentence; no message.
constexpr const char* kJest = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="2" failures="1" errors="0" time="0.512">
  <testsuite name="cart" errors="0" failures="1" skipped="0" timestamp="2026-11-30T02:00:00" time="0.203" tests="2">
    <testcase classname="cart adds an item" name="cart adds an item" time="0.002">
    </testcase>
    <testcase classname="cart is “empty” at first" name="cart is “empty” at first" time="0.004">
      <failure>Error: expect(received).toBe(expected)

Expected: 0
    at Object.toBe (cart.test.js:9:20)</failure>
    </testcase>
  </testsuite>
</testsuites>)xml";

// surefire 3: one file for a class, times with thousands, reruns.
constexpr const char* kSurefire = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire-3.0.xsd"
 version="3.0"
 name="com.example.CartTest" time="1,234.5"
 tests="4" errors="1" skipped="1" failures="0">
  <properties>
    <property name="java.version" value="17"/>
  </properties>
  <testcase name="adds" classname="com.example.CartTest" time="1,234.25"/>
  <testcase name="divides" classname="com.example.CartTest" time="0.01">
    <error message="/ by zero" type="java.lang.ArithmeticException"><![CDATA[java.lang.ArithmeticException: / by zero]]></error>
    <rerunError message="/ by zero" type="java.lang.ArithmeticException"/>
  </testcase>
  <testcase name="shaky" classname="com.example.CartTest" time="0.02">
    <flakyFailure message="late" type="java.lang.AssertionError"/>
  </testcase>
  <testcase name="later" classname="com.example.CartTest" time="0">
    <skipped/>
  </testcase>
</testsuite>)xml";

}  // namespace

TEST_CASE("Five tools' reports say what passed, failed and did not run",
          "[adapters][junit]") {
  const TestReport pytest = junit_report_from(kPytest);
  CHECK(pytest.cases == 6);
  CHECK(
      those(pytest, TestVerdict::passed) ==
      Ids{"tests.test_shop::test_sum", "tests.test_shop.TestCart::test_empty"});
  CHECK(those(pytest, TestVerdict::failed) ==
        Ids{"tests.test_shop::test_price[1-<2>]", "tests.test_shop::test_db"});
  CHECK(those(pytest, TestVerdict::skipped) ==
        Ids{"tests.test_shop::test_later", "tests.test_shop::test_xfail"});
  CHECK(pytest.tests.at("tests.test_shop::test_price[1-<2>]").message ==
        "assert 3 == 4");
  CHECK_FALSE(pytest.hides_failures);

  const TestReport ctest = junit_report_from(kCtest);
  CHECK(those(ctest, TestVerdict::passed) == Ids{"adds"});
  CHECK(those(ctest, TestVerdict::failed) == Ids{"divides"});
  CHECK(those(ctest, TestVerdict::skipped) == Ids{"prints", "old"});
  CHECK(ctest.tests.at("adds").seconds == Approx(0.00131822));
  CHECK_FALSE(ctest.hides_failures);

  const TestReport go = junit_report_from(kGo);
  CHECK(those(go, TestVerdict::passed) ==
        Ids{"example.com/shop/cart::TestAdd"});
  CHECK(those(go, TestVerdict::failed) ==
        Ids{"example.com/shop/cart::TestAdd/negative"});
  CHECK(those(go, TestVerdict::skipped) ==
        Ids{"example.com/shop/price::TestAdd"});

  const TestReport jest = junit_report_from(kJest);
  CHECK(those(jest, TestVerdict::passed) == Ids{"cart adds an item"});
  CHECK(those(jest, TestVerdict::failed) == Ids{"cart is “empty” at first"});
  CHECK(jest.tests.at("cart is “empty” at first").message ==
        "Error: expect(received).toBe(expected)");

  const TestReport surefire = junit_report_from(kSurefire);
  CHECK(those(surefire, TestVerdict::passed) ==
        Ids{"com.example.CartTest::adds", "com.example.CartTest::shaky"});
  CHECK(those(surefire, TestVerdict::failed) ==
        Ids{"com.example.CartTest::divides"});
  CHECK(surefire.tests.at("com.example.CartTest::adds").seconds ==
        Approx(1234.25));
}

TEST_CASE("A name that comes twice has failed if one of the two did",
          "[adapters][junit]") {
  const TestReport report = junit_report_from(
      "<testsuite name='s'><testcase name='a' time='1'/>"
      "<testcase name='a' time='2'><failure message='no'/></testcase>"
      "<testcase name='a'/><testcase name='b'><skipped/></testcase>"
      "<testcase name='b'/></testsuite>");
  CHECK(report.cases == 5);
  CHECK(report.tests.size() == 2);
  CHECK(report.tests.at("s::a").verdict == TestVerdict::failed);
  CHECK(report.tests.at("s::a").seconds == Approx(3));
  CHECK(report.tests.at("s::b").verdict == TestVerdict::passed);
}

TEST_CASE("Suites nest, and a test without a class takes its suite's name",
          "[adapters][junit]") {
  const TestReport report = junit_report_from(
      "<testsuites><testsuite name='outer'><testsuite name='inner'>"
      "<testcase name='a'/></testsuite><testcase name='a'><error/></testcase>"
      "</testsuite><testsuite><testcase name='c' classname=''/></testsuite>"
      "</testsuites>");
  CHECK(those(report, TestVerdict::passed) == Ids{"inner::a", "c"});
  CHECK(those(report, TestVerdict::failed) == Ids{"outer::a"});
}

TEST_CASE("What a report counts as failed and does not list is told",
          "[adapters][junit]") {
  CHECK(junit_report_from("<testsuite failures='1'><testcase name='a'/>"
                          "</testsuite>")
            .hides_failures);
  CHECK(junit_report_from("<testsuite name='s'><error message='no import'/>"
                          "</testsuite>")
            .hides_failures);
  CHECK(junit_report_from("<testsuite failures='2' errors='1'>"
                          "<testcase name='a'><failure/></testcase>"
                          "<testcase name='b' status='fail'/></testsuite>")
            .hides_failures);
  CHECK_FALSE(junit_report_from("<testsuite failures='1' errors='1'>"
                                "<testcase name='a'><failure/></testcase>"
                                "<testcase name='b' status='fail'/>"
                                "</testsuite>")
                  .hides_failures);
  CHECK_FALSE(junit_report_from("<testsuites failures='1'><testsuite>"
                                "<testcase name='a'><failure/></testcase>"
                                "</testsuite></testsuites>")
                  .hides_failures);
}

TEST_CASE("A report cut off at any byte is refused", "[adapters][junit]") {
  for (const std::string whole : {kPytest, kCtest, kGo, kJest, kSurefire}) {
    const std::size_t end = whole.find_last_of('>');
    for (std::size_t size = 0; size <= end; ++size) {
      CAPTURE(size);
      CHECK_THROWS_AS(junit_report_from(whole.substr(0, size)), BadReport);
    }
  }
}

TEST_CASE("What is no report is refused, with the reason",
          "[adapters][junit]") {
  check_refused("", "it is empty");
  check_refused("  \n", "ends in the middle");
  check_refused("<html><body>502</body></html>", "root element is <html>");
  check_refused("{\"tests\": []}", "line 1");
  check_refused("<testsuite><testcase name='\x01'/></testsuite>", "line 1");
  check_refused("<testsuite/>\n<testsuite/>", "line 2");
  check_refused("<!DOCTYPE t [<!ENTITY a \"aaaa\">]><testsuite name=\"&a;\"/>",
                "declares entities");
  check_refused(
      "<testsuite><testcase name='a'><testcase name='b'/></testcase>"
      "</testsuite>",
      "within a test");
  check_refused("<?xml version='1.0' encoding='klingon'?><testsuite/>",
                "line 1");
  const fakes::TempFolder folder;
  CHECK_THROWS_WITH(junit_report(folder.path() / "none.xml"),
                    Contains("No such file"));
  std::ofstream(folder.path() / "empty.xml").flush();
  CHECK_THROWS_WITH(junit_report(folder.path() / "empty.xml"),
                    Contains("it is empty"));
}

TEST_CASE("A huge report is read piece by piece", "[adapters][junit]") {
  const fakes::TempFolder folder;
  {
    std::ofstream out(folder.path() / "huge.xml");
    out << "<testsuites>";
    const std::string noise(100'000, 'x');
    for (int i = 0; i < 200; ++i) {
      out << "<testcase name='t" << i << "'><failure>" << noise << "\n"
          << noise << "</failure><system-out>" << noise
          << "</system-out></testcase>";
    }
    out << "</testsuites>";
  }
  const TestReport report = junit_report(folder.path() / "huge.xml");
  CHECK(report.tests.size() == 200);
  CHECK(report.tests.at("t7").message.size() == 1000);
}

TEST_CASE("Tests of one name in different suites are told apart by these",
          "[adapters][junit]") {
  // node --test --test-reporter=junit
  const auto of = [](const char* alpha, const char* beta) {
    return junit_report_from(
        std::string("<testsuites><testsuite name='alpha'><testcase "
                    "classname='test' name='works'>") +
        alpha +
        "</testcase></testsuite><testsuite name='beta'><testcase "
        "classname='test' name='works'>" +
        beta +
        "</testcase><testcase classname='test' name='rests'/></testsuite>"
        "</testsuites>");
  };
  const char* fails = "<failure message='no'/>";
  const TestReport one = of(fails, "");
  CHECK(those(one, TestVerdict::failed) == Ids{"alpha > test::works"});
  CHECK(those(one, TestVerdict::passed) ==
        Ids{"beta > test::works", "test::rests"});
  CHECK(those(of("", fails), TestVerdict::failed) == Ids{"beta > test::works"});
  CHECK(one.share_a_name == 0);
  // A case without a class has its suite's name already.
  CHECK(those(junit_report_from(
                  "<testsuite name='all'><testsuite name='a'><testsuite "
                  "name='x'><testcase name='t'/></testsuite></testsuite>"
                  "<testsuite name='b'><testsuite name='x'><testcase "
                  "name='t'/></testsuite></testsuite></testsuite>"),
              TestVerdict::passed) == Ids{"all > a > x::t", "all > b > x::t"});
}

TEST_CASE("Cases that nothing tells apart are counted, and fail as one",
          "[adapters][junit]") {
  const TestReport report = junit_report_from(
      "<testsuite name='a'><testcase classname='c' name='t'/><testcase "
      "classname='c' name='t'><failure/></testcase><testcase classname='c' "
      "name='t'/><testcase classname='c' name='u'/></testsuite>");
  CHECK(report.cases == 4);
  CHECK(report.share_a_name == 3);
  CHECK(those(report, TestVerdict::failed) == Ids{"c::t"});
}

TEST_CASE("Reports are found by patterns", "[adapters][report_files]") {
  CHECK(path_matches("build/**/*.xml", "build/a/b/c.xml"));
  CHECK(path_matches("build/**/*.xml", "build/c.xml"));
  CHECK_FALSE(path_matches("build/*.xml", "build/a/c.xml"));
  CHECK(path_matches("./r.xml", "r.xml"));
  CHECK(path_matches("**/TEST-?.xml", "TEST-1.xml"));
  const fakes::TempFolder folder;
  namespace fs = std::filesystem;
  fs::create_directories(folder.path() / "a/.git");
  fs::create_directories(folder.path() / "a/b");
  for (const char* name : {"a/1.xml", "a/b/2.xml", "a/.git/3.xml", "a/4.txt"}) {
    std::ofstream(folder.path() / name) << "x";
  }
  fs::create_symlink("/etc", folder.path() / "a/b/link");
  CHECK(matching_files(folder.path(), {"a/**/*.xml", "a/1.*"}) ==
        std::vector<std::string>{"a/1.xml", "a/b/2.xml"});
}

}  // namespace rung::junit_test
