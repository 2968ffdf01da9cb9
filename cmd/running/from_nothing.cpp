#include "cmd/running/from_nothing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/hunting/memory.hpp"

namespace rung {
namespace {

/// A release that the answer takes for good or bad.
struct Claim {
  Release release;
  std::string label;
  Purpose purpose = Purpose::without;
  Verdict verdict = Verdict::bad;
};

std::vector<Claim> claims_of(const Question& question, const Answer& answer,
                             bool builds) {
  const Verdict fails = question.find_fix ? Verdict::good : Verdict::bad;
  const Verdict passes = question.find_fix ? Verdict::bad : Verdict::good;
  std::vector<Claim> claims;
  const auto add = [&](const Point& point, Purpose purpose, Verdict verdict) {
    claims.push_back({release_at(question, point), label(question, point),
                      purpose, verdict});
  };
  // A build is dear: the bad end, which has to fail by itself, and what is
  // healthy without the culprit say the most.
  if (builds) {
    claims.push_back(
        {question.bad,
         question.find_fix ? "the good release" : "the bad release",
         Purpose::control_bad, fails});
  } else {
    add(answer.findings.front().fails, Purpose::alone, fails);
  }
  if (!answer.hidden) {
    add(answer.findings.back().passes, Purpose::without, passes);
  }
  return claims;
}

std::string id_of(const Workshop& workshop, const Question& question,
                  const Release& release) {
  return workshop.journal().id_of(question.content ? question.content(release)
                                                   : release);
}

}  // namespace

bool proved_in_this_run(const Workshop& workshop, const Question& question,
                        const Answer& answer, const std::string& run) {
  const auto probes = workshop.journal().probes(run);
  const auto claims = claims_of(question, answer, false);
  return std::all_of(claims.begin(), claims.end(), [&](const Claim& claim) {
    const std::string id = id_of(workshop, question, claim.release);
    return std::any_of(probes.begin(), probes.end(), [&](const auto& probe) {
      return probe.release_id == id && probe.gate_id == question.gate_id &&
             judged(probe.observation);
    });
  });
}

std::string contradicted(Workshop& workshop, const Question& question,
                         HuntResult& result, const std::string& run, bool fresh,
                         const HuntObserver& observer) {
  if (result.answer.findings.empty() || result.flaky) return "";
  const Subject& subject = workshop.subject();
  Journal& journal = workshop.journal();
  const std::string gates = gate_id(subject);
  Prober& prober = *workshop.probers(1).front();
  unsigned made = 0;
  for (const Claim& claim :
       claims_of(question, result.answer,
                 subject.from_nothing && subject.predicate.empty())) {
    const std::string id = id_of(workshop, question, claim.release);
    auto record = journal.remembered(id, gates);
    if (record && fresh && record->run != run) record.reset();
    const bool known = record.has_value();
    observer.started(claim.label, claim.purpose, 0);
    if (!known) {
      const ProbeEvidence evidence = prober.probe(
          claim.release, [&](Stage stage) { observer.stage(0, stage); });
      observer.evidence(claim.label, evidence);
      record = ProbeRecord{};
      record->run = run;
      record->release_id = id;
      record->gate_id = gates;
      record->purpose = ProbePurpose::proof;
      record->label = claim.label;
      record->observation = evidence.observation;
      record->at_ms = workshop.clock().unix_ms();
      journal.add_probe(*record);
      ++made;
    }
    const Observation& seen = record->observation;
    observer.verdict(claim.label, claim.purpose, seen, known);
    if (!judged(seen)) break;
    if (seen.verdict != claim.verdict) {
      return fmt::format("{} is {} ", claim.label,
                         seen.verdict == Verdict::good ? "healthy" : "broken");
    }
  }
  // If the search is made again, it finds them in the journal and counts them.
  result.counts.proof += made;
  return "";
}

}  // namespace rung
