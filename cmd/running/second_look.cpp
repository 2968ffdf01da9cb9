#include "cmd/running/second_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>
#include <vector>

#include "cmd/running/trier.hpp"
#include "core/hunting/memory.hpp"

namespace rung {
namespace {

using Outcome = Answer::Outcome;

/// Variables that differ and that the builds seemed not to read.
std::vector<std::string> not_built_for(const Question& question,
                                       Workshop& workshop) {
  std::vector<std::string> names;
  if (workshop.subject().build_env.reads != BuildEnv::Reads::named) {
    return names;
  }
  Prober& prober = *workshop.probers(1).front();
  for (const Delta& delta : question.deltas) {
    const auto* env = std::get_if<EnvDelta>(&delta);
    if (env == nullptr) continue;
    if (!prober.build_reads(env->before ? question.good : question.bad,
                            env->name)) {
      names.push_back(env->name);
    }
  }
  return names;
}

bool leaves_files(Workshop& workshop, std::size_t workers) {
  const auto& probers = workshop.probers(workers);
  return std::any_of(probers.begin(), probers.end(),
                     [](const auto& prober) { return prober->leaves_files(); });
}

/// Whether something that is no part of a release decides, and may change.
bool judged_by_command(const Subject& subject) {
  return !subject.predicate.empty() ||
         std::any_of(subject.gates.begin(), subject.gates.end(),
                     [](const Gate& gate) {
                       return std::holds_alternative<CommandGate>(gate.check);
                     });
}

/// How a trial from nothing differs from those of the search.
std::string unlike(const std::vector<std::string>& names, bool declared) {
  if (declared && names.empty()) {
    return "with a build of its own: searched again without the plan's build "
           "inputs, because the build reads more than they say";
  }
  return names.empty()
             ? "in a checkout without files of earlier runs: searched again "
               "with a clean checkout for each run"
             : fmt::format(
                   "with a build of its own: searched again with a build for "
                   "each environment, because rung did not see the build "
                   "read {}",
                   fmt::join(names, ", "));
}

/// What is left of the limits; false: nothing.
bool reduce(HuntLimits& limits, const HuntResult& used, double seconds) {
  if (limits.probes != 0 && used.counts.total() >= limits.probes) return false;
  if (limits.time.count() != 0 &&
      seconds >= static_cast<double>(limits.time.count())) {
    return false;
  }
  if (limits.probes != 0) limits.probes -= used.counts.total();
  limits.take_time(seconds);
  return true;
}

std::vector<Claim> claims_of(const Question& question, const Answer& answer,
                             bool builds) {
  const Verdict fails = question.find_fix ? Verdict::good : Verdict::bad;
  const Verdict passes = question.find_fix ? Verdict::bad : Verdict::good;
  std::vector<Claim> claims;
  const auto add = [&](const Point& point, Purpose purpose, Verdict verdict) {
    claims.push_back({release_at(question, point), label(question, point),
                      purpose, verdict});
  };
  if (answer.findings.empty()) {
    const bool low = answer.outcome == Outcome::drift;
    claims.push_back(
        {low ? question.good : question.bad,
         low != question.find_fix ? "the good release" : "the bad release",
         low ? Purpose::control_good : Purpose::control_bad,
         low ? fails : passes});
    return claims;
  }
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

/// Whether this run itself has judged what its answer rests on.
bool proved_in_this_run(const Workshop& workshop, const Question& question,
                        const Answer& answer, const std::string& run) {
  const auto probes = workshop.journal().probes(run);
  const auto claims = claims_of(question, answer, false);
  return std::all_of(claims.begin(), claims.end(), [&](const Claim& claim) {
    const std::string id = Trier::id_of(workshop, question, claim.release);
    return std::any_of(probes.begin(), probes.end(), [&](const auto& probe) {
      return probe.release_id == id && probe.gate_id == question.gate_id &&
             judged(probe.observation);
    });
  });
}

/// Whether the other end, too, is the contrary of what it was told to be.
bool swapped(Trier& trier, const Question& question, HuntResult& result,
             HuntSettings& settings, double seconds,
             const HuntObserver& observer) {
  if (result.answer.outcome != Outcome::drift || result.flaky ||
      result.out_of_budget || !reduce(settings.limits, result, seconds)) {
    return false;
  }
  const Claim claim{
      question.bad, question.find_fix ? "the good release" : "the bad release",
      Purpose::control_bad, question.find_fix ? Verdict::good : Verdict::bad};
  auto record = trier.known(claim, settings.fresh);
  const bool known = record.has_value();
  observer.started(claim.label, claim.purpose, 0);
  if (!known) {
    record = trier.probed(claim);
    ++result.counts.controls;
  }
  observer.verdict(claim.label, claim.purpose, record->observation, known);
  return judged(record->observation) &&
         record->observation.verdict != claim.verdict;
}

}  // namespace

SecondLook look_again(Workshop& workshop, const Question& question,
                      HuntResult& result, HuntSettings& settings,
                      const std::string& run, double seconds,
                      std::size_t workers, const HuntObserver& observer) {
  SecondLook look;
  if (result.platform_down) return look;
  const auto unseen = not_built_for(question, workshop);
  const bool leaves = leaves_files(workshop, workers);
  const bool shared = leaves || !unseen.empty();
  if (!result.contradicted.empty() && !shared) {
    // The same search goes on and weighs verdicts; it counts its probes itself.
    settings.limits.take_time(seconds);
    look.search_again = true;
    return look;
  }
  if (!result.contradicted.empty() || (result.flaky && shared)) {
    if (!reduce(settings.limits, result, seconds)) {
      look.out_of_budget = true;
      result.out_of_budget = true;  // it stopped where the doubt began
      return look;
    }
    look.search_again = true;
    workshop.start_from_nothing(true);
    look.forget_earlier = true;
    const std::string judged_both = result.contradicted.empty()
                                        ? "releases were judged good and bad"
                                        : result.contradicted;
    look.why =
        leaves ? fmt::format(
                     "{} in checkouts with files of earlier runs: asked again "
                     "with a clean checkout for each run",
                     judged_both)
               : fmt::format(
                     "{}, and rung did not see the build read {}: asked again "
                     "with a build for each environment",
                     judged_both, fmt::join(unseen, ", "));
    return look;
  }
  const bool nothing_broke =
      result.answer.outcome == Outcome::not_reproducible ||
      result.answer.outcome == Outcome::drift;
  const bool accuses = !result.answer.findings.empty() && !result.flaky;
  // Builds may read more than a plan says.
  const bool declared = accuses && !workshop.subject().build_inputs.empty() &&
                        workshop.subject().predicate.empty() &&
                        question.commits.size() > 0;
  const bool from_nothing =
      !unseen.empty() || declared || ((accuses || nothing_broke) && leaves);
  // What a command asks may have changed since an earlier run.
  const bool by_command = judged_by_command(workshop.subject());
  const bool now = accuses && by_command &&
                   !proved_in_this_run(workshop, question, result.answer, run);
  const bool doubtful =
      nothing_broke ? from_nothing : accuses && (from_nothing || now);
  if (!doubtful) {
    Trier trier(workshop, question, run, observer);
    look.swapped =
        swapped(trier, question, result, settings, seconds, observer);
    return look;
  }
  if (!reduce(settings.limits, result, seconds)) {
    look.out_of_budget = true;
    return look;
  }
  workshop.start_from_nothing(from_nothing);
  if (nothing_broke && !unseen.empty()) {
    // It says of releases whose builds may have read more than it seemed that
    // nothing is wrong with them.
    look.why = fmt::format(
        "searched again with a build for each environment, because rung did "
        "not see the build read {}",
        fmt::join(unseen, ", "));
    look.search_again = true;
    return look;
  }
  Trier trier(workshop, question, run, observer);
  unsigned made = 0;
  const bool builds = from_nothing && workshop.subject().predicate.empty();
  for (const Claim& claim : claims_of(question, result.answer, builds)) {
    auto record = trier.known(claim, settings.fresh || by_command);
    const bool known = record.has_value();
    if (!known && settings.limits.probes != 0 &&
        made == settings.limits.probes) {
      look.out_of_budget = true;
      break;
    }
    observer.started(claim.label, claim.purpose, 0);
    if (!known) {
      record = trier.probed(claim);
      ++made;
    }
    const Observation& seen = record->observation;
    observer.verdict(claim.label, claim.purpose, seen, known);
    if (!judged(seen)) break;
    if (seen.verdict == claim.verdict) continue;
    look.why = fmt::format(
        "{} is {} {}", claim.label,
        seen.verdict == Verdict::good ? "healthy" : "broken",
        from_nothing ? unlike(unseen, declared)
                     : "now, but not in an earlier run; searching again "
                       "without the earlier verdicts");
    look.forget_earlier = by_command || leaves;
    look.search_again = true;
    // The search to come finds these verdicts in the journal and counts them.
    return look;
  }
  result.counts.proof += made;
  return look;
}

}  // namespace rung
