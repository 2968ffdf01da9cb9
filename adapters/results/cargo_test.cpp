#include "adapters/results/cargo_test.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>
#include <string>
#include <utility>

namespace rung {
namespace {

class CargoReader {
 public:
  TestReport read(std::istream& in) {
    std::string text;
    bool any = false;
    while (std::getline(in, text)) {
      if (text.ends_with('\r')) text.pop_back();
      any = any || !text.empty();
      line(text);
    }
    if (!any) throw BadReport("it is empty");
    if (running_) {
      throw BadReport(
          fmt::format("it ends in the middle: there is no \"test result\"{}",
                      group_.empty() ? "" : " of " + group_));
    }
    return std::move(report_);
  }

 private:
  struct Counts {
    unsigned long passed = 0, failed = 0, ignored = 0;
  };

  void line(const std::string& text) {
    static const RE2 kCrate(
        R"(\s*Running (?:unittests )?(\S+) )"
        R"(\(.*[/\\](.+?)-[0-9a-f]{16}(?:\.exe)?\))");
    static const RE2 kDoc(R"(\s*Doc-tests (\S+))");
    static const RE2 kBegin(R"(running (\d+) tests?)");
    static const RE2 kTest(
        R"(test (.+?)(?: - should panic)? )"
        R"(\.\.\. (ok|FAILED|ignored)(?:[, ].*)?)");
    static const RE2 kEnd(
        R"(test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;.*)");
    static const RE2 kOutput(R"(---- (.+) stdout ----)");
    std::string first, second;
    unsigned long count = 0;
    Counts counts;
    if (RE2::FullMatch(text, kBegin, &count)) {
      if (running_) {
        throw BadReport("a run of tests begins before another has ended");
      }
      running_ = count;
      seen_ = {};
    } else if (running_ && RE2::FullMatch(text, kTest, &first, &second)) {
      test(first, second);
    } else if (running_ && RE2::FullMatch(text, kEnd, &counts.passed,
                                          &counts.failed, &counts.ignored)) {
      end(counts);
    } else if (running_ && RE2::FullMatch(text, kOutput, &first)) {
      const auto at = report_.tests.find(test_id(group_, first));
      told_ = at == report_.tests.end() ? nullptr : &at->second;
      panicked_ = false;
    } else if (!running_ && RE2::FullMatch(text, kCrate, &first, &second)) {
      group_ = fmt::format("{} ({})", second, first);
    } else if (!running_ && RE2::FullMatch(text, kDoc, &first)) {
      group_ = first + " (doc)";
    } else if (told_ != nullptr) {
      says(text);
    }
  }

  void test(const std::string& name, const std::string& word) {
    TestResult result;
    result.group = group_;
    result.name = name;
    if (word == "ok") {
      ++seen_.passed;
      result.verdict = TestVerdict::passed;
    } else if (word == "FAILED") {
      ++seen_.failed;
      result.verdict = TestVerdict::failed;
    } else {
      ++seen_.ignored;
    }
    ++report_.cases;
    add_result(report_.tests, std::move(result));
  }

  /// A line of what a failed test printed. The one after "panicked at" says
  /// why; before Rust 1.73 it is that line itself.
  void says(const std::string& text) {
    if (!panicked_) {
      panicked_ = text.starts_with("thread '") &&
                  text.find(" panicked at ") != text.npos;
      if (!panicked_ || text.find(" panicked at '") == text.npos) return;
    }
    const std::string words = first_line(text);
    if (words.empty()) return;
    told_->message = words;
    told_ = nullptr;
    panicked_ = false;
  }

  void end(const Counts& counts) {
    const auto total = counts.passed + counts.failed + counts.ignored;
    if (counts.passed != seen_.passed || counts.failed != seen_.failed ||
        counts.ignored != seen_.ignored || total != *running_) {
      throw BadReport(fmt::format(
          "it counts {} passed, {} failed, {} ignored of {}, and lists {}, {}, "
          "{}{}",
          counts.passed, counts.failed, counts.ignored, *running_, seen_.passed,
          seen_.failed, seen_.ignored, group_.empty() ? "" : " in " + group_));
    }
    running_.reset();
    group_.clear();
    told_ = nullptr;
  }

  TestReport report_;
  std::string group_;
  std::optional<unsigned long> running_;  ///< so many; between runs nullopt
  Counts seen_;
  TestResult* told_ = nullptr;  ///< what is printed now is of it
  bool panicked_ = false;
};

}  // namespace

TestReport cargo_test_report(std::istream& in) {
  return CargoReader().read(in);
}

}  // namespace rung
