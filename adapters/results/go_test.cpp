#include "adapters/results/go_test.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace rung {
namespace {

using nlohmann::json;

std::string text_at(const json& event, const char* name) {
  const auto at = event.find(name);
  return at != event.end() && at->is_string() ? at->get<std::string>() : "";
}

/// What go itself says of a test or package, in place of the test.
bool is_frame(std::string_view line) {
  for (const std::string_view start : {"=== ", "--- ", "FAIL", "PASS", "ok  \t",
                                       "?   \t", "# ", "coverage:"}) {
    if (line.starts_with(start)) return true;
  }
  return false;
}

class GoReader {
 public:
  TestReport read(std::istream& in) {
    std::string line;
    bool any = false;
    while (std::getline(in, line)) {
      any = any || !line.empty();
      if (!line.starts_with('{')) continue;
      const json event = json::parse(line, nullptr, false);
      if (event.is_discarded()) throw BadReport("it ends in the middle");
      if (event.is_object()) on(event);
    }
    if (!any) throw BadReport("it is empty");
    for (auto& [name, package] : packages_) finish(name, package);
    return std::move(report_);
  }

 private:
  struct Test {
    std::string verdict, message;
    double seconds = 0;
  };
  struct Package {
    std::map<std::string, Test> tests;
    Test own;
    std::string failed_build;  ///< what did not build
  };

  void on(const json& event) {
    const std::string action = text_at(event, "Action");
    const std::string output = text_at(event, "Output");
    if (action.starts_with("build-")) {
      std::string& said = builds_[text_at(event, "ImportPath")];
      if (said.empty() && !is_frame(output)) said = first_line(output);
      return;
    }
    const std::string name = text_at(event, "Package");
    if (name.empty()) return;
    Package& package = packages_[name];
    const std::string test = text_at(event, "Test");
    Test& at = test.empty() ? package.own : package.tests[test];
    if (action == "output") {
      if (at.message.empty() && !is_frame(first_line(output))) {
        at.message = first_line(output);
      }
    } else if (action == "pass" || action == "fail" || action == "skip") {
      at.verdict = action;
      const auto elapsed = event.find("Elapsed");
      if (elapsed != event.end() && elapsed->is_number()) at.seconds = *elapsed;
      if (test.empty()) package.failed_build = text_at(event, "FailedBuild");
    }
  }

  void finish(const std::string& name, Package& package) {
    if (package.own.verdict.empty()) {
      throw BadReport(
          fmt::format("it ends in the middle: package {} has not ended", name));
    }
    bool explained = false;
    for (auto& [test, told] : package.tests) {
      if (told.verdict.empty()) {
        told.verdict = "fail";
        if (told.message.empty()) told.message = "it began and did not end";
      }
      explained = explained || told.verdict == "fail";
      add(name, test, told);
    }
    // A package without tests.
    if (package.own.verdict == "skip" && package.tests.empty()) return;
    Test& own = package.own;
    if (own.verdict != "fail" || explained) {
      if (own.verdict != "skip") own.verdict = "pass";
    } else if (const auto built = builds_.find(package.failed_build);
               built != builds_.end()) {
      own.message = built->second;
    }
    add(name, name, own);
  }

  void add(const std::string& package, const std::string& test,
           const Test& told) {
    TestResult result;
    result.group = package;
    result.name = test;
    result.seconds = told.seconds;
    result.verdict = told.verdict == "fail"   ? TestVerdict::failed
                     : told.verdict == "pass" ? TestVerdict::passed
                                              : TestVerdict::skipped;
    if (result.verdict == TestVerdict::failed) result.message = told.message;
    if (test != package) ++report_.cases;
    add_result(report_.tests, std::move(result));
  }

  TestReport report_;
  std::map<std::string, Package> packages_;
  std::map<std::string, std::string> builds_;  ///< what -> what it says
};

}  // namespace

TestReport go_test_report(std::istream& in) {
  return GoReader().read(in);
}

}  // namespace rung
