#include "core/diagnosis/log_text.hpp"

#include <algorithm>

#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/explain.hpp"
#include "core/diagnosis/missing_names.hpp"
#include "core/diagnosis/signature.hpp"
#include "core/text/utf8.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

bool same(const Diagnosis& a, const Diagnosis& b) {
  return a.stage == b.stage && a.cause == b.cause &&
         a.evidence == b.evidence && a.line == b.line && a.hint == b.hint;
}

bool in_order(const std::vector<std::string>& lines) {
  return std::is_sorted(lines.begin(), lines.end());
}

}  // namespace

// A log; behind a line "%%" that of a release that is well.
void log(std::string_view input) {
  const auto parts = parts_of(input);
  const std::string_view log = parts[0];

  const Diagnosis found = diagnose(log);
  require(same(found, diagnose(log)), "equal logs say the same");
  require(found.stage.has_value() == (found.cause != "none"),
          "what failed failed somewhere");
  if (found.cause != "none") {
    const auto known = causes();
    require(std::find(known.begin(), known.end(), found.cause) != known.end(),
            "a cause is in the vocabulary");
  }
  const LogText taken(log);
  require(found.line.empty() ||
              std::any_of(taken.lines().begin(), taken.lines().end(),
                          [&](const LogLine& line) {
                            return valid_utf8(line.whole).find(found.line) !=
                                   std::string::npos;
                          }),
          "the line that decided is in the log");
  for (const LogLine& line : taken.lines()) {
    require(line.whole.starts_with(line.prefix) &&
                line.whole.substr(line.prefix.size()).starts_with(line.text),
            "a line is its prefix and its text");
  }

  const auto usual = telling_lines(parts.size() > 1 ? parts[1] : log);
  require(in_order(usual), "telling lines are sorted");
  diagnose(log, Stage::build, usual);

  std::vector<std::string_view> lines;
  for (const LogLine& line : taken.lines()) lines.push_back(line.text);
  for (std::size_t i = 0; i < lines.size() && i < 8; ++i) {
    const NamedVariables named = named_variables(lines, i);
    require(named.missing.size() <= 40 && named.invalid.size() <= 40,
            "a complaint can be read");
    for (const auto& name : named.missing) {
      require(!named.invalid.contains(name), "a name is missing or wrong");
    }
  }

  const std::string once = signature(Stage::start, found.cause, found.line);
  require(once == signature(Stage::start, found.cause, found.line),
          "equal failures have equal signatures");
  require(once.find('\n') == once.npos, "a signature is one line");
}

}  // namespace rung::fuzz
