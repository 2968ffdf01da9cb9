#include "core/report/as_junit.hpp"

#include <fmt/format.h>

#include "core/report/foreign_text.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

// Readers keep messages in a database, and show a page of them.
constexpr std::size_t kLongestMessage = 500;
constexpr std::size_t kMostCases = 5000;

enum class Came { passed, skipped, failed, error };

struct Case {
  std::string name, kind, message, text;
  Came came = Came::passed;
};

Came came_of(const PostedItem& item) {
  // What could not be judged is an error: nothing was tested.
  if (item.kind == "no-verdict" || item.kind == "error") return Came::error;
  if (item.level == PostedItem::Level::error) return Came::failed;
  if (item.level == PostedItem::Level::warning) return Came::skipped;
  return Came::passed;
}

std::string facts_of(const PostedItem& item) {
  std::string out = item.title + "\n";
  for (const ReportFact& fact : item.facts) {
    out +=
        fact.label.empty() ? "  " + fact.text : fact.label + ": " + fact.text;
    out += '\n';
  }
  for (const PostedPlace& place : item.places) {
    out += place.line == 0 ? fmt::format("in {}\n", place.file)
                           : fmt::format("in {}:{}\n", place.file, place.line);
  }
  for (const CommitInfo& commit : item.commits) {
    out += fmt::format("commit {} {} ({})\n", commit.id.hex, commit.subject,
                       commit.author);
  }
  return out;
}

std::vector<Case> cases_of(const Posting& posting) {
  std::vector<Case> cases;
  for (const PostedItem& item : posting.items) {
    const std::string text = facts_of(item);
    if (item.tests.empty()) {
      cases.push_back({item.title, item.kind, item.title, text, came_of(item)});
    }
    for (const PostedTest& test : item.tests) {
      cases.push_back({test.id, item.kind,
                       test.message.empty() ? item.title : test.message, text,
                       came_of(item)});
    }
  }
  if (cases.empty()) cases.push_back({posting.title, "", "", "", Came::passed});
  return cases;
}

std::string attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name,
                     xml_text(elided(printable(value), kLongestMessage)));
}

std::string xml_of(const Case& one, const std::string& suite) {
  // Neither file nor line: the schema of Jenkins refuses both.
  const std::string out =
      "    <testcase" + attribute("classname", suite) +
      attribute("name", printable(one.name).empty() ? "?" : one.name) +
      " time=\"0\"";
  const auto with = [&](const char* element) {
    return fmt::format(">\n      <{0}{1}{2}>{3}</{0}>\n    </testcase>\n",
                       element, attribute("type", one.kind),
                       attribute("message", one.message), xml_text(one.text));
  };
  switch (one.came) {
    case Came::failed:
      return out + with("failure");
    case Came::error:
      return out + with("error");
    case Came::skipped:
      return out + fmt::format(">\n      <skipped{}/>\n    </testcase>\n",
                               attribute("message", one.message));
    case Came::passed:
      return out + "/>\n";
  }
  return out;
}

}  // namespace

std::string as_junit(const Posting& posting) {
  std::vector<Case> cases = cases_of(posting);
  std::string note;
  if (cases.size() > kMostCases) {
    note = fmt::format("{} more are left out", cases.size() - kMostCases);
    cases.resize(kMostCases);
  }
  const std::string suite = "rung." + posting.command;
  std::size_t failed = 0, errors = 0, skipped = 0;
  std::string body;
  for (const Case& one : cases) {
    failed += one.came == Came::failed;
    errors += one.came == Came::error;
    skipped += one.came == Came::skipped;
    body += xml_of(one, suite);
  }
  std::string out_text = posting.title + "\n";
  for (const ReportFact& fact : posting.facts) {
    out_text +=
        fact.label.empty() ? "  " + fact.text : fact.label + ": " + fact.text;
    out_text += '\n';
  }
  if (!posting.next.empty()) out_text += "next: " + posting.next + "\n";
  if (!note.empty()) out_text += note + "\n";
  const std::string counts =
      fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\"", cases.size(),
                  failed, errors);
  const std::string time = fmt::format(" time=\"{:.3f}\"", posting.seconds);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"rung\"{0}{1}>\n"
      "  <testsuite{2}{0} skipped=\"{3}\"{1}>\n{4}"
      "    <system-out>{5}</system-out>\n  </testsuite>\n</testsuites>\n",
      counts, time, attribute("name", suite), skipped, body,
      xml_text(out_text));
}

}  // namespace rung
