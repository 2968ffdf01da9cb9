#include "core/hunting/healthy_log.hpp"

#include "core/hunting/usual_lines.hpp"

namespace rung {

HealthyLog::HealthyLog(ProbeHistory& history, const std::string& run)
    : history_(history),
      fact_(JournalFact::usual_lines(run)),
      usual_(kept_usual_lines(history, fact_)) {}

void HealthyLog::compare(Purpose purpose, ProbeEvidence& evidence) {
  Observation& seen = evidence.observation;
  if (counted_as(purpose) == ProbePurpose::control &&
      seen.verdict == Verdict::good && !usual_) {
    usual_ = keep_usual_lines(history_, fact_, evidence.log);
  }
  if (seen.failure && evidence.found && usual_ && !usual_->empty()) {
    seen.failure = explained(*evidence.found, evidence.log, *usual_);
  }
}

}  // namespace rung
