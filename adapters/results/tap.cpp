#include "adapters/results/tap.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rung {
namespace {

constexpr std::size_t kIndentOfSubtest = 4;

/// "\#" and "\\" as what they stand for.
std::string tap_unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                        (text[i + 1] == '#' || text[i + 1] == '\\');
    out += text[escape ? ++i : i];
  }
  return first_line(out);
}

/// "name # SKIP reason": the name, and what follows the '#'.
std::pair<std::string, std::string> name_and_directive(
    const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '#') {
      return {tap_unescaped(text.substr(0, i)), first_line(text.substr(i + 1))};
    }
  }
  return {tap_unescaped(text), ""};
}

class TapReader {
 public:
  explicit TapReader(std::string group) : group_(std::move(group)) {}

  TestReport read(std::istream& in) {
    std::string text;
    while (std::getline(in, text)) line(text);
    if (!any_) throw BadReport("it is empty");
    if (!begun_ && !planned_) no_plan();
    end_document();
    return std::move(report_);
  }

 private:
  /// Tests side by side.
  struct Level {
    std::string name;  ///< of the subtest that holds them
    std::optional<unsigned long> plan;
    unsigned long seen = 0;
    bool ended = false;  ///< the plan came after tests
  };

  void line(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    const auto indent = text.find_first_not_of(' ');
    if (indent == text.npos) return;
    any_ = true;
    const std::string_view words = text.substr(indent);
    if (block_) {
      in_block(words, indent);
    } else if (words.starts_with("Bail out!")) {
      throw BadReport("the tests ended early: " + first_line(words));
    } else if (words == "---" && has_result_) {
      block_ = indent;
    } else if (indent == 0 && words.starts_with("TAP version ")) {
      end_document();
      begun_ = true;
    } else if (indent % kIndentOfSubtest == 0) {
      entry(words, indent / kIndentOfSubtest);
    }
  }

  void entry(std::string_view words, std::size_t depth) {
    static const RE2 kSubtest(R"(# Subtest: (.*))");
    static const RE2 kPlan(R"(1\.\.(\d+)(?:\s.*)?)");
    static const RE2 kResult(R"((not )?ok(?:\s+(\d+))?(?:\s+-)?(?:\s+(.*))?)");
    unsigned long count = 0;
    std::string no, number, rest;
    if (RE2::FullMatch(words, kSubtest, &rest)) {
      // Of the tests one level deeper, if there are any.
      names_.resize(depth + 1);
      names_.push_back(tap_unescaped(rest));
    } else if (RE2::FullMatch(words, kPlan, &count)) {
      plan(level(depth), count);
    } else if (RE2::FullMatch(words, kResult, &no, &number, &rest)) {
      result(level(depth), !no.empty(), number, rest);
    } else if (words.front() == '#') {
      says(words.substr(1));
    }
  }

  /// Where a line of this depth belongs; what is deeper has ended.
  Level& level(std::size_t depth) {
    while (levels_.size() > depth + 1) end_level();
    while (levels_.size() <= depth) {
      Level& added = levels_.emplace_back();
      if (names_.size() >= levels_.size())
        added.name = names_[levels_.size() - 1];
    }
    return levels_[depth];
  }

  [[noreturn]] static void no_plan() {
    throw BadReport("it ends in the middle: there is no plan (1..N)");
  }

  void end_level() {
    const Level& level = levels_.back();
    if (!level.plan) no_plan();
    if (*level.plan != level.seen) {
      throw BadReport(fmt::format(
          "its plan says {} tests{}, and it lists {}", *level.plan,
          level.name.empty() ? "" : " of " + level.name, level.seen));
    }
    levels_.pop_back();
  }

  void end_document() {
    if (begun_ && levels_.empty()) no_plan();
    while (!levels_.empty()) end_level();
    begun_ = false;
    names_.clear();
    has_result_ = false;
    failed_ = nullptr;
  }

  void plan(Level& level, unsigned long count) {
    if (level.plan) throw BadReport("it has two plans (1..N)");
    level.plan = count;
    planned_ = true;
    level.ended = level.seen > 0;
    has_result_ = false;
    failed_ = nullptr;
  }

  void result(Level& level, bool failed, const std::string& number,
              const std::string& text) {
    if (level.ended) throw BadReport("a test follows the plan (1..N)");
    ++level.seen;
    if (!number.empty() && number != std::to_string(level.seen)) {
      throw BadReport(fmt::format("test {} stands where test {} belongs",
                                  number, level.seen));
    }
    const auto [name, directive] = name_and_directive(text);
    TestResult now;
    now.name = name.empty() ? fmt::format("test {}", level.seen) : name;
    now.group = group_;
    for (const Level& around : levels_) {
      if (around.name.empty()) continue;
      now.group += (now.group.empty() ? "" : " > ") + around.name;
    }
    static const RE2 kUnjudged(R"((?i)(skip|todo).*)");
    now.verdict = RE2::FullMatch(directive, kUnjudged) ? TestVerdict::skipped
                  : failed                             ? TestVerdict::failed
                                                       : TestVerdict::passed;
    ++report_.cases;
    const bool fails = now.verdict == TestVerdict::failed;
    const std::string id = test_id(now.group, now.name);
    add_result(report_.tests, std::move(now));
    names_.resize(std::min(names_.size(), levels_.size()));
    // What it says follows.
    failed_ = fails ? &report_.tests.at(id) : nullptr;
    has_result_ = true;
  }

  void says(std::string_view words) {
    if (failed_ != nullptr && failed_->message.empty()) {
      failed_->message = first_line(words);
    }
  }

  /// YAML with facts of a result; its `error` or `message` is what it says.
  void in_block(std::string_view words, std::size_t indent) {
    if (words == "..." && indent == *block_) {
      block_.reset();
      said_next_ = false;
    } else if (said_next_) {
      says(words);
      said_next_ = false;
    } else if (indent == *block_) {
      static const RE2 kSays(R"((?:error|message):\s*(.*))");
      std::string text;
      if (!RE2::FullMatch(words, kSays, &text)) return;
      if (text.starts_with('|') || text.starts_with('>')) {
        said_next_ = true;
        return;
      }
      const bool quoted = text.size() > 1 && text.front() == text.back() &&
                          (text.front() == '\'' || text.front() == '"');
      says(quoted ? text.substr(1, text.size() - 2) : text);
    }
  }

  std::string group_;
  TestReport report_;
  std::vector<Level> levels_;
  std::vector<std::string> names_;  ///< of the level of each depth
  bool any_ = false;
  bool begun_ = false;                ///< a document has, by its version
  bool planned_ = false;              ///< there was a plan
  bool has_result_ = false;           ///< a block would be of it
  TestResult* failed_ = nullptr;      ///< the result before, if it is a failure
  std::optional<std::size_t> block_;  ///< inside of one: its indent
  bool said_next_ = false;
};

}  // namespace

TestReport tap_report(std::istream& in, const std::string& group) {
  return TapReader(group).read(in);
}

}  // namespace rung
