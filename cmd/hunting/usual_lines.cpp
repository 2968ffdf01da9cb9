#include "cmd/hunting/usual_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/diagnosis/diagnosis.hpp"

namespace rung {
namespace {

// Without a plan one repository may hold several services; their start tells
// them apart.
std::string key_of(const Subject& subject, const Release& release) {
  const auto start = release.config.find("start");
  return fmt::format("usual lines of {}, {}, {}, {}", subject.name,
                     subject.path, subject.target.name,
                     subject.from_plan || start == release.config.end()
                         ? ""
                         : start->second);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

void compare_with_healthy(Journal& journal, const Subject& subject,
                          const Release& release, ProbeEvidence& evidence) {
  const bool healthy = evidence.observation.verdict == Verdict::good;
  // How a predicate ended is all that is known of it.
  if (!subject.predicate.empty()) return;
  if (!healthy && (!evidence.observation.failure || !evidence.found)) return;
  const std::string key = key_of(subject, release);
  const std::string known = journal.get(key).value_or("");
  if (healthy) {
    const std::string now =
        fmt::format("{}", fmt::join(telling_lines(evidence.log), "\n"));
    if (now != known) journal.set(key, now);
  } else if (!known.empty()) {
    evidence.observation.failure =
        explained(*evidence.found, evidence.log, lines_of(known));
  }
}

}  // namespace rung
