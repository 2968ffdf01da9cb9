#include "cmd/hunting/usual_lines.hpp"

#include <fmt/format.h>

#include <sstream>

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

}  // namespace

std::vector<std::string> keep_usual_lines(ProbeHistory& journal,
                                          const std::string& key,
                                          std::string_view log) {
  std::vector<std::string> lines = telling_lines(log);
  const std::string now = fmt::format("{}", fmt::join(lines, "\n"));
  if (now != journal.get(key).value_or("")) journal.set(key, now);
  return lines;
}

std::optional<std::vector<std::string>> kept_usual_lines(
    const ProbeHistory& journal, const std::string& key) {
  const auto text = journal.get(key);
  if (!text) return std::nullopt;
  std::vector<std::string> lines;
  std::istringstream in(*text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void compare_with_healthy(ProbeHistory& journal, const Subject& subject,
                          const Release& release, ProbeEvidence& evidence) {
  const bool healthy = evidence.observation.verdict == Verdict::good;
  // How a predicate ended is all that is known of it.
  if (!subject.predicate.empty()) return;
  if (!healthy && (!evidence.observation.failure || !evidence.found)) return;
  const std::string key = key_of(subject, release);
  if (healthy) {
    keep_usual_lines(journal, key, evidence.log);
  } else if (const auto usual = kept_usual_lines(journal, key);
             usual && !usual->empty()) {
    evidence.observation.failure =
        explained(*evidence.found, evidence.log, *usual);
  }
}

}  // namespace rung
