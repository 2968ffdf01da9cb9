#include "cmd/running/climb_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/git/deepen.hpp"
#include "adapters/git/history.hpp"
#include "cmd/hunting/compare_with_healthy.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/running/reasons.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/serving/serving_report.hpp"
#include "cmd/serving/with_room.hpp"
#include "core/base/error.hpp"
#include "core/climbing/what_serves.hpp"
#include "core/report/search_trail.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

constexpr const char* kPassedOnce =
    "this very release has passed before, so look at what it talks to, and at "
    "its gates if they are not those of then";

// A mistyped approval would be noticed only where the climb stops for it.
const Planned& checked(const Planned& planned, const ClimbOptions& options) {
  for (const std::string& name : options.approve) {
    static_cast<void>(planned.phase(name));  // throws
  }
  return planned;
}

void add_once(std::vector<std::string>& notes,
              const std::vector<std::string>& more) {
  for (const std::string& note : more) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) {
      notes.push_back(note);
    }
  }
}

}  // namespace

// What the search does by itself: a climb's own checkout may lack as much.
template <class Doing>
auto ClimbRun::fetching(const Doing& doing) {
  return deepened(
      options_.find.deepen, workshop_.subject().repo,
      [&](const std::string& text) { progress_.say(text); }, doing);
}

ClimbRun::ClimbRun(const ClimbOptions& options, Planned planned,
                   const Context& context)
    : options_(options),
      context_(context),
      planned_(std::move(planned)),
      target_(checked(planned_, options).target(options.target)),
      workshop_(planned_.subject(0, target_), planned_.folder()),
      place_(planned_, target_, workshop_),
      served_(place_.served()),
      progress_(context),
      run_(begin()) {}

Report ClimbRun::run() {
  Report report = begun();
  tell_phases();
  Climbed climbed;
  try {
    climbed = climb(*this);
    add_steps(report, climbed);
    if (report.outcome == Report::Outcome::broken) find_cause(report, climbed);
    if (!options_.no_serve) serve(report, climbed);
  } catch (const Interrupted&) {
    run_.interrupted();
    if (!options_.no_serve) restore_after_all(served_);
    throw;
  } catch (const Error&) {
    if (!options_.no_serve) restore_after_all(served_);
    throw;
  }
  report.trials = with_records(std::move(report.trials),
                               workshop_.journal().probes(run_.id()));
  report.repository = workshop_.subject().repo.string();
  report.command_line = context_.arguments;
  if (report.logs.empty()) report.logs = logs_of(workshop_, run_.id());
  report.seconds = run_.seconds();
  if (const auto phase = climbed.waits_at()) {
    report.exit = kApproval;
    report.next = fmt::format("rung climb {} --approve {}", options_.plan,
                              phase_of(*phase).name);
  } else {
    report.exit = exit_code(report);
    report.next = next_step(report);
  }
  progress_.end();
  return report;
}

// --- The ladder ---

void ClimbRun::begins(std::size_t phase) {
  progress_.tell(live::PhaseStarted{phase_of(phase).name});
  Subject subject = planned_.subject(phase, target_);
  workshop_.set_gates(std::move(subject.gates), std::move(subject.services));
  log_.clear();
}

std::optional<Observation> ClimbRun::remembered(std::size_t phase) {
  const auto known = verdict_from_before(
      workshop_.journal(), run_.goes_on() ? run_.id() : "", record_of(phase),
      options_.find.hunt.fresh);
  if (!known) return std::nullopt;
  return known->observation;
}

bool ClimbRun::approved(std::size_t phase) {
  if (!phase_of(phase).approve) return true;
  Journal& journal = workshop_.journal();
  const std::string& name = phase_of(phase).name;
  const auto fact = JournalFact::approved(planned_.plan().name, name);
  if (std::find(options_.approve.begin(), options_.approve.end(), name) !=
      options_.approve.end()) {
    journal.set(fact, "yes");
  }
  return journal.get(fact).value_or("") == "yes";
}

Observation ClimbRun::probe(std::size_t phase) {
  served_.make_room();
  Prober& prober = *workshop_.probers(1).front();
  const std::string label = "phase " + phase_of(phase).name;
  progress_.tell(live::ProbeStarted{0, label, std::nullopt});
  ProbeEvidence evidence = fetching([&] {
    return prober.probe(releases_[phase], [&](Stage stage) {
      progress_.tell(live::StageReached{0, stage});
    });
  });
  compare_with_healthy(workshop_.journal(), workshop_.subject(),
                       releases_[phase], evidence);
  ProbeRecord record;
  record.run = run_.id();
  record.release_id = ids_[phase];
  record.gate_id = gate_ids_[phase];
  record.purpose = ProbePurpose::climb;
  record.label = label;
  record.observation = evidence.observation;
  record.at_ms = workshop_.clock().unix_ms();
  record.id = workshop_.journal().add_probe(record);
  keep_evidence(workshop_, run_.id(), label, evidence);
  progress_.tell(
      live::ProbeEnded{label, std::nullopt, evidence.observation, false});
  log_ = std::move(evidence.log);
  return evidence.observation;
}

void ClimbRun::ends(std::size_t phase, const Step& step) {
  progress_.tell(
      live::PhaseEnded{phase_of(phase).name, step.state, step.remembered});
  if (step.state == ReportPhase::State::good) {
    keep_good(phase, step.remembered);
  }
}

// --- Before and after it ---

Run ClimbRun::begin() {
  std::vector<std::string> facts = {target_.name};
  for (std::size_t i = 0; i < planned_.plan().phases.size(); ++i) {
    releases_.push_back(fetching([&] { return planned_.release(i); }));
    ids_.push_back(workshop_.journal().id_of(releases_.back()));
    gate_ids_.push_back(gate_id(planned_.subject(i, target_)));
    facts.push_back(ids_.back());
    facts.push_back(gate_ids_.back());
  }
  return Run::begin_or_go_on(workshop_.journal(), context_, "climb", facts,
                             options_.find.hunt.fresh);
}

PhaseRecord ClimbRun::record_of(std::size_t phase) const {
  return {planned_.plan().name, phase_of(phase).name, target_.name,
          ids_[phase], gate_ids_[phase]};
}

Report ClimbRun::begun() const {
  Report report;
  report.command = "climb";
  report.outcome = Report::Outcome::healthy;
  report.plan = planned_.plan().name;
  report.target = target_.name;
  report.run = run_.id();
  report.notes = planned_.plan().warnings;
  note_uncommitted(report, workshop_.subject());
  for (const Phase& phase : planned_.plan().phases) {
    report.phases.push_back({});
    report.phases.back().name = phase.name;
  }
  return report;
}

void ClimbRun::tell_phases() {
  live::Phases names;
  for (const Phase& phase : planned_.plan().phases) {
    names.names.push_back(phase.name);
  }
  progress_.tell(names);
}

void ClimbRun::add_steps(Report& report, const Climbed& climbed) const {
  for (std::size_t i = 0; i < climbed.steps.size(); ++i) {
    const Step& step = climbed.steps[i];
    ReportPhase& phase = report.phases[i];
    phase.release = ids_[i];
    phase.state = step.state;
    phase.remembered = step.remembered;
    if (!step.remembered) {
      phase.seconds =
          std::chrono::duration<double>(step.observation.duration).count();
    }
    add_once(report.notes, step.observation.notes);
  }
  report.probes.search = static_cast<unsigned>(climbed.deployed());
  const auto stopped = climbed.stopped_at();
  if (!stopped || climbed.waits_at()) return;
  const Observation& seen = climbed.steps[*stopped].observation;
  report.failure = seen.failure;
  report.outcome = seen.verdict == Verdict::bad ? Report::Outcome::broken
                                                : Report::Outcome::no_verdict;
  add_reasons(report, releases_[*stopped], log_, workshop_.subject(),
              planned_.plan().warnings);
}

void ClimbRun::keep_good(std::size_t phase, bool known) {
  Journal& journal = workshop_.journal();
  const Subject& subject = workshop_.subject();
  if (!known || !journal.kept_release(ids_[phase])) {
    journal.keep_release(releases_[phase], {subject.secret_names.begin(),
                                            subject.secret_names.end()});
  }
  journal.add_known_good({planned_.plan().name, phase_of(phase).name,
                          target_.name, ids_[phase],
                          workshop_.clock().unix_ms()});
  if (options_.tag && subject.has_history) {
    GitHistory(subject.repo)
        .set_tag(fmt::format("rung/{}/{}", planned_.plan().name,
                             phase_of(phase).name),
                 releases_[phase].commit);
  }
}

// --- The cause of a break ---

// The newest release that passed this phase's gates; else the phase below.
std::optional<ClimbRun::Good> ClimbRun::good_below(std::size_t phase) const {
  const Journal& journal = workshop_.journal();
  for (const std::string& id :
       known_goods_beside(journal, record_of(phase))) {
    if (auto kept = planned_.kept(journal, id)) {
      return Good{*std::move(kept), phase,
                  "known good of phase " + phase_of(phase).name,
                  planned_.changed_secrets(journal, id)};
    }
  }
  if (phase == 0) return std::nullopt;
  return Good{
      releases_[phase - 1], phase - 1, "phase " + phase_of(phase - 1).name, {}};
}

bool ClimbRun::has_passed(std::size_t phase) const {
  const auto goods = workshop_.journal().known_goods(
      planned_.plan().name, phase_of(phase).name, target_.name);
  return std::any_of(goods.begin(), goods.end(), [&](const KnownGood& good) {
    return good.release_id == ids_[phase];
  });
}

void ClimbRun::find_cause(Report& report, const Climbed& climbed) {
  const std::size_t phase = *climbed.stopped_at();
  auto good = good_below(phase);
  const bool lost =
      good && !workshop_.has_files(good->release, releases_[phase]);
  if (lost) {
    // What else differs can still be told.
    good->release.config[kFolderKey] = releases_[phase].config.at(kFolderKey);
    report.notes.push_back(fmt::format(
        "the files of the folder have changed since {}, and rung no longer has "
        "the earlier ones: both are tried with the files of today",
        good->text));
  }
  if (good && workshop_.journal().id_of(good->release) == ids_[phase]) {
    if (!good->secrets.empty()) {
      add_changed_secrets(report, good->secrets);
      return;  // nothing else differs
    }
    report.notes.push_back(
        lost ? "nothing else differs, so what broke it is in those files; keep "
               "the folder in git, and rung can search them"
             : fmt::format(
                   "phase {} deploys the same release as {}, so there is no "
                   "change to blame: {}",
                   phase_of(phase).name, good->text,
                   has_passed(phase) ? kPassedOnce
                                     : "its own gates have never passed"));
    return;
  }
  if (good) {
    // The search goes on beside what serves.
    if (target_.port == 0) ensure_serving(climbed);
    report = search(std::move(report), phase, *good);
    return;
  }
  report.notes.push_back(
      has_passed(phase)
          ? fmt::format("there is no change to blame: {}", kPassedOnce)
          : fmt::format("phase {} has never been good on {}, so there is "
                        "nothing to compare it with",
                        phase_of(phase).name, target_.name));
}

Report ClimbRun::search(Report report, std::size_t phase, const Good& good) {
  const std::string& name = phase_of(phase).name;
  workshop_.set_gates(planned_.subject(good.phase, target_).gates,
                      planned_.subject(phase, target_).services);
  progress_.say(
      fmt::format("searching between {} and phase {}", good.text, name));
  served_.make_room();
  FindBreakOptions find = options_.find;
  find.hunt.just_probed = {ids_[phase]};
  find.part_of = run_.id();
  find.env_notes = planned_.plan().warnings;
  Report found = find_break(workshop_, good.release, releases_[phase], find,
                            context_, progress_);
  if (found.outcome == Report::Outcome::drift) {
    add_changed_secrets(found, good.secrets);
  }
  end_run(workshop_.journal(), found);
  const bool passes = found.outcome == Report::Outcome::not_reproducible;
  if (passes && good.phase != phase) {
    // It passes all that the phase below asks: nothing that worked broke.
    report.notes.push_back(fmt::format(
        "phase {} passes the gates of the phases below; only its own gates "
        "fail, and it has never been good",
        name));
    report.probes = found.probes;
    return report;
  }
  found.command = report.command;
  found.plan = report.plan;
  found.run = report.run;
  found.phases = std::move(report.phases);
  add_once(report.notes, found.notes);
  found.notes = std::move(report.notes);
  if (passes) found.notes.push_back("it failed before and passes now");
  return found;
}

// --- What serves ---

std::optional<std::size_t> ClimbRun::wanted_phase() const {
  const auto wanted = served_.wanted();
  if (!wanted) return std::nullopt;
  const auto& phases = planned_.plan().phases;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].name == wanted->phase) return i;
  }
  return 0;  // of a phase that the plan no longer has
}

void ClimbRun::serve(Report& report, const Climbed& climbed) {
  const bool healthy = report.outcome == Report::Outcome::healthy;
  if (what_serves(healthy, climbed.highest_good, wanted_phase()) ==
      WhatServes::take_over) {
    take_over(report, *climbed.highest_good,
              climbed.steps[*climbed.highest_good].remembered);
  } else {
    report.restored = ensure_serving(climbed);
  }
  tell_serving(report);
}

void ClimbRun::take_over(Report& report, std::size_t phase, bool remembered) {
  const bool served_before = served_.wanted().has_value();
  Observation seen = try_serve(phase);
  report.restored = true;
  if (seen.verdict == Verdict::good) return;
  report.outcome = seen.verdict == Verdict::bad ? Report::Outcome::broken
                                                : Report::Outcome::no_verdict;
  report.failure = std::move(seen.failure);
  if (seen.verdict == Verdict::bad) {
    report.notes.push_back(
        remembered ? "the release was healthy before, and its gates fail now"
                   : "the new release passed as a trial but does not serve");
  }
  report.restored = served_before && served_.restore();
}

bool ClimbRun::ensure_serving(const Climbed& climbed) {
  if (options_.no_serve) return true;
  switch (what_serves(false, climbed.highest_good, wanted_phase())) {
    case WhatServes::nothing: return true;
    case WhatServes::restore: return served_.restore();
    default: return try_serve(*climbed.highest_good).verdict == Verdict::good;
  }
}

Observation ClimbRun::try_serve(std::size_t phase) {
  try {
    return served_.serve({phase_of(phase).name, ids_[phase]});
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    progress_.say(error.what());
    Failure failure;
    failure.stage = Stage::release;
    failure.cause = "platform-error";
    failure.message = error.what();
    Observation none;
    none.verdict = Verdict::infra;
    none.failure = std::move(failure);
    return none;
  }
}

void ClimbRun::tell_serving(Report& report) {
  add_notes(report, served_);
  const auto wanted = served_.wanted();
  report.nothing_serves = !wanted;
  if (!wanted && report.restored &&
      report.outcome != Report::Outcome::healthy &&
      !workshop_.journal()
           .known_goods(planned_.plan().name, "", target_.name)
           .empty()) {
    // Somebody has stopped it, and a climb starts only what it found healthy.
    report.notes.push_back(fmt::format(
        "nothing serves on {}; the last known good comes back with: rung "
        "rollback {}",
        target_.name, shell_quoted(options_.plan)));
  }
  if (!wanted || !report.restored) return;
  report.known_good = known_good_of(workshop_.journal(), planned_.plan().name,
                                    target_.name, *wanted);
  if (const auto serving = served_.live()) {
    report.notes.push_back(
        fmt::format("phase {} serves at {}", wanted->phase, serving->url));
  }
}

}  // namespace rung
