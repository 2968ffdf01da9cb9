#include "cmd/hunting/compare_with_healthy.hpp"

#include "core/hunting/usual_lines.hpp"

namespace rung {
namespace {

// Without a plan one repository may hold several services; their start tells
// them apart.
JournalFact lines_of(const Subject& subject, const Release& release) {
  const auto start = release.config.find("start");
  return JournalFact::usual_lines(
      subject.name, subject.path, subject.target.name,
      subject.from_plan || start == release.config.end() ? "" : start->second);
}

}  // namespace

void compare_with_healthy(ProbeHistory& journal, const Subject& subject,
                          const Release& release, ProbeEvidence& evidence) {
  const bool healthy = evidence.observation.verdict == Verdict::good;
  // How a predicate ended is all that is known of it.
  if (!subject.predicate.empty()) return;
  if (!healthy && (!evidence.observation.failure || !evidence.found)) return;
  const JournalFact fact = lines_of(subject, release);
  if (healthy) {
    keep_usual_lines(journal, fact, evidence.log);
  } else if (const auto usual = kept_usual_lines(journal, fact);
             usual && !usual->empty()) {
    evidence.observation.failure =
        explained(*evidence.found, evidence.log, *usual);
  }
}

}  // namespace rung
