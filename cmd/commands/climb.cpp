#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "adapters/git/deepen.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/interruption.hpp"
#include "cmd/hunting/compare_with_healthy.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/input/settle_flag.hpp"
#include "cmd/running/find_break.hpp"
#include "cmd/running/reasons.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/running/search_flags.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/serving/served.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

struct ClimbOptions {
  std::string plan, target;
  std::vector<std::string> approve;
  bool tag = false, no_serve = false;
  FindBreakOptions find;
  SearchFlags flags;
  SettleFlag settle;
};

Planned planned_with(const ClimbOptions& options) {
  Planned planned(options.plan);
  planned.set_settle(options.settle.given());
  return planned;
}

/// One climb from the first phase to the top, or to what breaks.
class Climb {
 public:
  Climb(const ClimbOptions& options, const Context& context)
      : options_(options),
        context_(context),
        planned_(planned_with(options)),
        target_(checked(planned_).target(options.target)),
        workshop_(planned_.subject(0, target_), planned_.folder()),
        served_(planned_, target_, workshop_),
        progress_(context),
        run_(begin()) {}

  Report run() {
    Report report;
    report.command = "climb";
    report.plan = planned_.plan().name;
    report.target = target_.name;
    report.run = run_.id();
    report.notes = planned_.plan().warnings;
    note_uncommitted(report, workshop_.subject());
    live::Phases names;
    for (const Phase& phase : planned_.plan().phases) {
      names.names.push_back(phase.name);
      report.phases.push_back({});
      report.phases.back().name = phase.name;
    }
    progress_.tell(names);

    report.outcome = Report::Outcome::healthy;
    try {
      for (std::size_t i = 0; i < releases_.size(); ++i) {
        if (!climb(i, report)) break;
      }
      serve(report);
    } catch (const Interrupted&) {
      run_.interrupted();
      Interruption::clear();  // what served serves again, whatever was asked
      restore_after_all();
      throw;
    } catch (const Error&) {
      restore_after_all();
      throw;
    }
    report.command_line = context_.arguments;
    if (report.logs.empty()) report.logs = logs_of(workshop_, run_.id());
    report.seconds = run_.seconds();
    report.exit = waiting_ ? static_cast<int>(kApproval) : exit_code(report);
    report.next = next(report);
    progress_.end();
    return report;
  }
  /// The report has been shown.
  void end(const Report& report) { end_run(workshop_.journal(), report); }

 private:
  // A mistyped approval would be noticed only where the climb stops for it.
  const Planned& checked(const Planned& planned) const {
    for (const std::string& name : options_.approve) {
      static_cast<void>(planned.phase(name));  // throws
    }
    return planned;
  }

  // What the search does by itself: a climb's own checkout may lack as much.
  template <class Doing>
  auto fetching(const Doing& doing) {
    return deepened(
        options_.find.deepen, workshop_.subject().repo,
        [&](const std::string& text) { progress_.say(text); }, doing);
  }

  Run begin() {
    std::vector<std::string> facts = {target_.name};
    for (std::size_t i = 0; i < planned_.plan().phases.size(); ++i) {
      releases_.push_back(fetching([&] { return planned_.release(i); }));
      ids_.push_back(workshop_.journal().id_of(releases_.back()));
      facts.push_back(ids_.back());
      facts.push_back(gate_id(planned_.subject(i, target_)));
    }
    return Run::begin_or_go_on(workshop_.journal(), context_, "climb", facts,
                               options_.find.hunt.fresh);
  }

  bool approved(const Phase& phase) {
    if (!phase.approve) return true;
    const std::string key =
        fmt::format("approved {} {}", planned_.plan().name, phase.name);
    if (std::find(options_.approve.begin(), options_.approve.end(),
                  phase.name) != options_.approve.end()) {
      workshop_.journal().set(key, "yes");
    }
    return workshop_.journal().get(key).value_or("") == "yes";
  }

  // True when the phase is good and the climb goes on.
  bool climb(std::size_t i, Report& report) {
    const Phase& phase = planned_.plan().phases[i];
    ReportPhase& told = report.phases[i];
    told.release = ids_[i];
    progress_.tell(live::PhaseStarted{phase.name});
    const Subject subject = planned_.subject(i, target_);
    const std::string gates = gate_id(subject);
    workshop_.set_gates(subject.gates, subject.services);

    ProbeEvidence evidence;
    const Observation& observation = evidence.observation;
    if (const auto known = remembered(i, gates)) {
      evidence.observation = known->observation;
      told.remembered = true;
    } else {
      if (!approved(phase)) {
        told.state = ReportPhase::State::waiting;
        progress_.tell(live::PhaseEnded{phase.name, told.state, false});
        waiting_ = true;
        waiting_for_ = phase.name;
        return false;
      }
      evidence = probe(i, gates);
      told.seconds =
          std::chrono::duration<double>(observation.duration).count();
      ++report.probes.search;
    }
    told.state = observation.verdict == Verdict::good
                     ? ReportPhase::State::good
                 : observation.verdict == Verdict::bad
                     ? ReportPhase::State::bad
                     : ReportPhase::State::no_verdict;
    progress_.tell(live::PhaseEnded{phase.name, told.state, told.remembered});
    for (const std::string& note : observation.notes) {
      if (std::find(report.notes.begin(), report.notes.end(), note) ==
          report.notes.end()) {
        report.notes.push_back(note);
      }
    }
    if (observation.verdict == Verdict::good) {
      remember_good(i, told.remembered);
      highest_good_ = i;
      return true;
    }
    report.failure = observation.failure;
    report.outcome = observation.verdict == Verdict::bad
                         ? Report::Outcome::broken
                         : Report::Outcome::no_verdict;
    add_reasons(report, releases_[i], evidence.log, workshop_.subject(),
                planned_.plan().warnings);
    if (observation.verdict != Verdict::bad) return false;
    if (const auto good = last_good(i)) {
      hunt(i, *good, report);
    } else {
      report.notes.push_back(fmt::format(
          "phase {} has never been good on {}, so there is nothing to compare "
          "it with",
          phase.name, target_.name));
    }
    return false;
  }

  std::optional<ProbeRecord> remembered(std::size_t i,
                                        const std::string& gates) const {
    const Journal& journal = workshop_.journal();
    if (run_.goes_on()) {
      for (const ProbeRecord& probe : journal.probes(run_.id())) {
        if (probe.release_id == ids_[i] && probe.gate_id == gates &&
            probe.observation.verdict != Verdict::infra) {
          return probe;
        }
      }
    }
    if (options_.find.hunt.fresh) return std::nullopt;
    // Good stays good; what was bad is tried again: the world may be better.
    const auto known = journal.remembered(ids_[i], gates);
    if (!known || known->observation.verdict != Verdict::good) {
      return std::nullopt;
    }
    return known;
  }

  ProbeEvidence probe(std::size_t i, const std::string& gates) {
    served_.make_room();
    Prober& prober = *workshop_.probers(1).front();
    const std::string label = "phase " + planned_.plan().phases[i].name;
    progress_.tell(live::ProbeStarted{0, label, std::nullopt});
    ProbeEvidence evidence = fetching([&] {
      return prober.probe(releases_[i], [&](Stage stage) {
        progress_.tell(live::StageReached{0, stage});
      });
    });
    compare_with_healthy(workshop_.journal(), workshop_.subject(),
                         releases_[i], evidence);
    ProbeRecord record;
    record.run = run_.id();
    record.release_id = ids_[i];
    record.gate_id = gates;
    record.purpose = "climb";
    record.label = label;
    record.observation = evidence.observation;
    record.at_ms = workshop_.clock().unix_ms();
    workshop_.journal().add_probe(record);
    keep_evidence(workshop_, run_.id(), label, evidence);
    progress_.tell(
        live::ProbeEnded{label, std::nullopt, evidence.observation, false});
    return evidence;
  }

  void remember_good(std::size_t i, bool known) {
    Journal& journal = workshop_.journal();
    const Phase& phase = planned_.plan().phases[i];
    const Subject& subject = workshop_.subject();
    if (!known || !journal.kept_release(ids_[i])) {
      journal.keep_release(releases_[i], {subject.secret_names.begin(),
                                          subject.secret_names.end()});
    }
    journal.add_known_good({planned_.plan().name, phase.name, target_.name,
                            ids_[i], workshop_.clock().unix_ms()});
    if (options_.tag && subject.has_history) {
      GitHistory(subject.repo)
          .set_tag(fmt::format("rung/{}/{}", planned_.plan().name, phase.name),
                   releases_[i].commit);
    }
  }

  struct Good {
    Release release;
    std::size_t phase;  ///< whose gates it passed
    std::string text;
  };

  // The newest release that passed this phase's gates; else the phase below.
  std::optional<Good> last_good(std::size_t i) const {
    const Journal& journal = workshop_.journal();
    const std::string& name = planned_.plan().phases[i].name;
    for (const KnownGood& good : journal.known_goods(
             planned_.plan().name, name, target_.name)) {
      if (good.release_id == ids_[i]) continue;
      auto kept = planned_.kept(journal, good.release_id);
      if (!kept) continue;
      return Good{*std::move(kept), i, "known good of phase " + name};
    }
    if (i == 0) return std::nullopt;
    return Good{releases_[i - 1], i - 1,
                "phase " + planned_.plan().phases[i - 1].name};
  }

  void hunt(std::size_t i, const Good& good, Report& report) {
    const Subject subject = planned_.subject(good.phase, target_);
    workshop_.set_gates(subject.gates,
                        planned_.subject(i, target_).services);
    progress_.say(fmt::format("searching between {} and phase {}", good.text,
                              planned_.plan().phases[i].name));
    if (target_.port == 0) ensure_serving();  // the search goes on beside it
    served_.make_room();
    FindBreakOptions find = options_.find;
    find.hunt.just_probed = {ids_[i]};
    find.part_of = run_.id();
    find.env_notes = planned_.plan().warnings;
    Report found = find_break(workshop_, good.release, releases_[i], find,
                              context_, progress_);
    end_run(workshop_.journal(), found);
    if (found.outcome == Report::Outcome::not_reproducible &&
        good.phase != i) {
      // It passes all that the phase below asks: nothing that worked broke.
      report.notes.push_back(fmt::format(
          "phase {} passes the gates of the phases below; only its own gates "
          "fail, and it has never been good",
          planned_.plan().phases[i].name));
      report.probes = found.probes;
      return;
    }
    found.command = report.command;
    found.plan = report.plan;
    found.run = report.run;
    found.phases = report.phases;
    found.notes.insert(found.notes.begin(), report.notes.begin(),
                       report.notes.end());
    std::vector<std::string> once;
    for (std::string& note : found.notes) {
      if (std::find(once.begin(), once.end(), note) == once.end()) {
        once.push_back(std::move(note));
      }
    }
    found.notes = std::move(once);
    if (found.outcome == Report::Outcome::not_reproducible) {
      found.notes.push_back("it failed before and passes now");
    }
    report = std::move(found);
  }

  // What is wanted serves, or the highest phase that is good.
  bool ensure_serving() {
    if (options_.no_serve) return true;
    if (served_.wanted()) return served_.restore();
    if (!highest_good_) return true;
    return try_serve(*highest_good_).verdict == Verdict::good;
  }

  // The climb ends early; the message says why, so this adds none.
  void restore_after_all() {
    if (!options_.no_serve) served_.restore();
  }

  Observation try_serve(std::size_t i) {
    try {
      return served_.serve({planned_.plan().phases[i].name, ids_[i]});
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

  void serve(Report& report) {
    if (options_.no_serve) return;
    const bool top =
        highest_good_ && *highest_good_ + 1 == releases_.size() &&
        report.outcome == Report::Outcome::healthy;
    const auto before = served_.wanted();
    // A higher phase that served before is not replaced by a lower one.
    const bool higher = highest_good_ && report.outcome ==
                                             Report::Outcome::healthy &&
                        (!before || phase_index(before->phase) <=
                                        *highest_good_);
    if (top || higher) {
      Observation served = try_serve(*highest_good_);
      if (served.verdict == Verdict::good) {
        report.restored = true;
      } else {
        report.outcome = served.verdict == Verdict::bad
                             ? Report::Outcome::broken
                             : Report::Outcome::no_verdict;
        report.failure = std::move(served.failure);
        report.notes.push_back(
            "the new release passed as a trial but does not serve");
        report.restored = before.has_value() && served_.restore();
      }
    } else {
      report.restored = ensure_serving();
    }
    for (std::string& note : served_.take_notes()) {
      report.notes.push_back(std::move(note));
    }
    if (const auto wanted = served_.wanted(); wanted && report.restored) {
      report.known_good =
          ReportKnownGood{wanted->phase, target_.name, wanted->release};
      if (const auto serving = served_.live()) {
        report.notes.push_back(fmt::format("phase {} serves at {}",
                                           wanted->phase, serving->url));
      }
    }
  }

  std::size_t phase_index(const std::string& name) const {
    const auto& phases = planned_.plan().phases;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      if (phases[i].name == name) return i;
    }
    return 0;
  }

  std::string next(const Report& report) const {
    if (waiting_) {
      return fmt::format("rung climb {} --approve {}", options_.plan,
                         waiting_for_);
    }
    return next_step(report);
  }

  const ClimbOptions& options_;
  const Context& context_;
  Planned planned_;
  const Target& target_;
  Workshop workshop_;
  Served served_;
  Progress progress_;
  std::vector<Release> releases_;
  std::vector<std::string> ids_;
  std::optional<std::size_t> highest_good_;
  bool waiting_ = false;
  std::string waiting_for_;
  Run run_;
};

}  // namespace

void add_climb(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "climb", "deploy phase by phase; on a break restore and find the cause");
  auto options = std::make_shared<ClimbOptions>();
  command->add_option("plan", options->plan, "plan file")->required();
  command->add_option("--target", options->target,
                      "one target of the plan (default: local)");
  command->add_option("--approve", options->approve,
                      "let this phase begin (plan: approve: true)");
  command->add_flag("--tag", options->tag,
                    "tag commits of good phases rung/PLAN/PHASE");
  command->add_flag("--no-serve", options->no_serve,
                    "only judge; leave what serves alone");
  options->flags.add_options(*command);
  options->settle.add_option(*command);
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([options, &context] {
    context.run = [options, &context] {
      options->flags.apply(options->find);
      Climb climb(*options, context);
      const Report report = climb.run();
      const int exit = print(report, context);
      climb.end(report);
      return exit;
    };
  });
}

}  // namespace rung
