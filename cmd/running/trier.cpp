#include "cmd/running/trier.hpp"

#include "core/hunting/memory.hpp"

namespace rung {

Trier::Trier(Workshop& workshop, const Question& question,
             const std::string& run, const HuntObserver& observer)
    : workshop_(workshop),
      question_(question),
      run_(run),
      observer_(observer),
      gates_(gate_id(workshop.subject())) {}

std::string Trier::id_of(const Workshop& workshop, const Question& question,
                         const Release& release) {
  return workshop.journal().id_of(question.content ? question.content(release)
                                                   : release);
}

std::optional<ProbeRecord> Trier::known(const Claim& claim,
                                        bool of_this_run) const {
  auto record = workshop_.journal().remembered(
      id_of(workshop_, question_, claim.release), gates_);
  if (record && record->run != run_ &&
      (of_this_run || may_be_repaired(record->observation))) {
    record.reset();
  }
  return record;
}

ProbeRecord Trier::probed(const Claim& claim) {
  const ProbeEvidence evidence = workshop_.probers(1).front()->probe(
      claim.release, [&](Stage stage) { observer_.stage(0, stage); });
  observer_.evidence(claim.label, evidence);
  ProbeRecord record;
  record.run = run_;
  record.release_id = id_of(workshop_, question_, claim.release);
  record.gate_id = gates_;
  record.purpose = ProbePurpose::proof;
  record.label = claim.label;
  record.observation = evidence.observation;
  record.at_ms = workshop_.clock().unix_ms();
  record.id = workshop_.journal().add_probe(record);
  return record;
}

}  // namespace rung
