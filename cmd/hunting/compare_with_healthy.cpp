#include "cmd/hunting/compare_with_healthy.hpp"

#include <fmt/format.h>

#include "core/hunting/usual_lines.hpp"

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
