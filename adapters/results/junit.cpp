#include "adapters/results/junit.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/text/ascii_case.hpp"

namespace rung {
namespace {

/// Of the text of a failure, until a line of it has words.
constexpr std::size_t kTextBytes = 8000;
/// Between the names of suites that lie in one another.
const std::string kWithin = " > ";

struct ParserDeleter {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser =
    std::unique_ptr<std::remove_pointer_t<XML_Parser>, ParserDeleter>;

/// "Suite", "ns:suite": the word without its namespace.
std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

/// "0.5", and "1,234.5" as surefire writes it; what is no number is 0.
double seconds_of(std::string_view text) {
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
  double seconds = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  return seconds > 0 && seconds < 1e9 ? seconds : 0;
}

unsigned long count_of(const std::string& text) {
  unsigned long count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

class JunitReader {
 public:
  JunitReader() : parser_(XML_ParserCreate(nullptr)) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<JunitReader*>(self)->guarded(
              [&](JunitReader& me) { me.open(name, attributes); });
        },
        [](void* self, const XML_Char* name) {
          static_cast<JunitReader*>(self)->guarded(
              [&](JunitReader& me) { me.close(local_name(name)); });
        });
    XML_SetCharacterDataHandler(
        parser_.get(), [](void* self, const XML_Char* text, int size) {
          static_cast<JunitReader*>(self)->guarded([&](JunitReader& me) {
            me.text({text, static_cast<std::size_t>(size)});
          });
        });
    // A few lines of them could stand for gigabytes; no tool writes any.
    XML_SetEntityDeclHandler(
        parser_.get(),
        [](void* self, const XML_Char*, int, const XML_Char*, int,
           const XML_Char*, const XML_Char*, const XML_Char*, const XML_Char*) {
          static_cast<JunitReader*>(self)->refuse("it declares entities");
        });
  }

  void feed(std::string_view bytes, bool last) {
    const XML_Status status =
        XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()),
                  last ? XML_TRUE : XML_FALSE);
    if (status == XML_STATUS_OK) return;
    if (thrown_) std::rethrow_exception(thrown_);
    if (!refused_.empty()) throw BadReport(refused_);
    const XML_Error error = XML_GetErrorCode(parser_.get());
    const auto line = XML_GetCurrentLineNumber(parser_.get());
    switch (error) {
      case XML_ERROR_NO_MEMORY:
        throw std::bad_alloc();
      case XML_ERROR_NO_ELEMENTS:
      case XML_ERROR_UNCLOSED_TOKEN:
      case XML_ERROR_PARTIAL_CHAR:
      case XML_ERROR_UNCLOSED_CDATA_SECTION:
        throw BadReport(fmt::format("it ends in the middle, at line {}", line));
      default:
        throw BadReport(
            fmt::format("line {}: {}", line, XML_ErrorString(error)));
    }
  }

  TestReport take() {
    std::map<std::string, const std::string*> suites;  // by id
    std::set<std::string> told_apart;                  // by their suites
    for (const Case& one : cases_) {
      const std::string id = test_id(one.result.group, one.result.name);
      const auto [at, added] = suites.try_emplace(id, &one.suites);
      if (!added && *at->second != one.suites) told_apart.insert(id);
    }
    std::map<std::string, std::size_t> of_id;
    for (Case& one : cases_) {
      TestResult& result = one.result;
      if (told_apart.count(test_id(result.group, result.name)) > 0) {
        result.group = with_suites(one.suites, result.group);
      }
      ++of_id[test_id(result.group, result.name)];
      add_result(report_.tests, std::move(result));
    }
    for (const auto& [id, count] : of_id) {
      if (count > 1) report_.share_a_name += count;
    }
    return std::move(report_);
  }

 private:
  struct Case {
    TestResult result;
    std::string suites;  ///< the names of those it lies in, outermost first
  };
  struct Suite {
    std::string name;
    bool of_all = false;        ///< <testsuites>: its name tells nothing apart
    unsigned long claimed = 0;  ///< failures and errors, by its own count
    unsigned long listed = 0;   ///< in it and below
  };

  /// An exception must not pass through a C library.
  template <class Doing>
  void guarded(const Doing& doing) noexcept {
    if (thrown_ || !refused_.empty()) return;
    try {
      doing(*this);
    } catch (...) {
      thrown_ = std::current_exception();
      XML_StopParser(parser_.get(), XML_FALSE);
    }
  }

  void refuse(const char* why) noexcept {
    if (refused_.empty()) refused_ = why;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  static std::string attribute(const XML_Char** attributes, const char* name) {
    for (; *attributes != nullptr; attributes += 2) {
      if (local_name(attributes[0]) == name) return attributes[1];
    }
    return "";
  }

  void open(const XML_Char* qualified, const XML_Char** attributes) {
    const std::string_view name = local_name(qualified);
    if (depth_++ == 0 && name != "testsuites" && name != "testsuite") {
      throw BadReport(
          fmt::format("not JUnit XML: root element is <{}>, not <testsuites>",
                      name.substr(0, 40)));
    }
    if (name == "testsuite" || name == "testsuites") {
      suites_.push_back({attribute(attributes, "name"), name == "testsuites",
                         count_of(attribute(attributes, "failures")) +
                             count_of(attribute(attributes, "errors")),
                         0});
    } else if (name == "testcase") {
      begin_case(attributes);
    } else if (name == "failure" || name == "error") {
      // Directly in a suite, it is the suite's own: no test explains it.
      if (case_depth_ == 0) {
        report_.hides_failures = true;
        return;
      }
      count_failure();
      fail(attribute(attributes, "message"));
    } else if (name == "skipped" && case_depth_ > 0) {
      if (now_.verdict == TestVerdict::passed) {
        now_.verdict = TestVerdict::skipped;
      }
    }
  }

  [[nodiscard]] std::string suites_around() const {
    std::string path;
    for (const Suite& suite : suites_) {
      if (suite.of_all || suite.name.empty()) continue;
      path += (path.empty() ? "" : kWithin) + suite.name;
    }
    return path;
  }

  /// A case without a class has the name of its suite already.
  static std::string with_suites(const std::string& suites,
                                 const std::string& group) {
    if (suites.empty()) return group;
    const bool last = suites == group || suites.ends_with(kWithin + group);
    return last || group.empty() ? suites : suites + kWithin + group;
  }

  void begin_case(const XML_Char** attributes) {
    if (case_depth_ > 0) throw BadReport("a test lies within a test");
    case_depth_ = depth_;
    counted_ = false;
    ++report_.cases;
    now_ = {};
    now_.name = attribute(attributes, "name");
    now_.group = attribute(attributes, "classname");
    if (now_.group.empty() && !suites_.empty())
      now_.group = suites_.back().name;
    if (now_.name.empty()) now_.name = "(unnamed)";
    now_.seconds = seconds_of(attribute(attributes, "time"));
    now_.verdict = TestVerdict::passed;
    const std::string status = ascii_lower(attribute(attributes, "status") +
                                           attribute(attributes, "result"));
    if (status == "notrun" || status == "disabled") {
      now_.verdict = TestVerdict::skipped;
    } else if (status == "fail" || status == "failed" || status == "error") {
      now_.verdict = TestVerdict::failed;
    }
  }

  /// Of each element: some tools count a test with a failure and an error
  /// twice.
  void count_failure() {
    counted_ = true;
    for (Suite& suite : suites_) ++suite.listed;
  }

  void fail(const std::string& message) {
    const bool first = now_.message.empty();
    now_.verdict = TestVerdict::failed;
    if (first) now_.message = first_line(message);
    in_text_ = first && now_.message.empty();
    text_.clear();
  }

  void text(std::string_view piece) {
    if (!in_text_ || text_.size() >= kTextBytes) return;
    text_ += piece.substr(0, kTextBytes - text_.size());
  }

  void close(std::string_view name) {
    --depth_;
    if (name == "failure" || name == "error") {
      if (in_text_) now_.message = first_line(text_);
      in_text_ = false;
    } else if (name == "testcase" && case_depth_ > 0) {
      case_depth_ = 0;
      const bool failed = now_.verdict == TestVerdict::failed;
      if (failed && !counted_) count_failure();  // its status says so
      cases_.push_back({std::move(now_), suites_around()});
      now_ = {};
    } else if ((name == "testsuite" || name == "testsuites") &&
               !suites_.empty()) {
      const Suite& suite = suites_.back();
      if (suite.claimed > suite.listed) report_.hides_failures = true;
      suites_.pop_back();
    }
  }

  Parser parser_;
  std::exception_ptr thrown_;
  std::string refused_;
  TestReport report_;
  std::vector<Suite> suites_;
  std::vector<Case> cases_;
  std::size_t depth_ = 0;
  std::size_t case_depth_ = 0;  ///< 0 = outside of a test
  TestResult now_;
  bool counted_ = false;  ///< the test, as a failure of its suites
  bool in_text_ = false;
  std::string text_;
};

}  // namespace

TestReport junit_report(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw BadReport(fmt::format("cannot open it: {}", std::strerror(errno)));
  JunitReader reader;
  std::vector<char> piece(1U << 16U);
  bool any = false;
  for (;;) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto count = static_cast<std::size_t>(in.gcount());
    if (in.bad()) {
      throw BadReport(fmt::format("cannot read it: {}", std::strerror(errno)));
    }
    if (count == 0) break;
    any = true;
    reader.feed({piece.data(), count}, false);
  }
  if (!any) throw BadReport("it is empty");
  reader.feed({}, true);
  return reader.take();
}

TestReport junit_report_from(std::string_view xml) {
  if (xml.empty()) throw BadReport("it is empty");
  JunitReader reader;
  constexpr std::size_t kPiece = 1U << 20U;  // expat counts in int
  for (; xml.size() > kPiece; xml.remove_prefix(kPiece)) {
    reader.feed(xml.substr(0, kPiece), false);
  }
  reader.feed(xml, true);
  return reader.take();
}

}  // namespace rung
