#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/process/interruption.hpp"
#include "cmd/hunting/compare_with_healthy.hpp"
#include "cmd/input/adhoc.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/running/find_break.hpp"
#include "cmd/running/reasons.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/serving/served_target.hpp"
#include "cmd/serving/with_room.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

struct ProbeOptions {
  AdHoc adhoc;
  std::string plan, target, phase, commit;
};

/// `env_notes`: what was told about env files.
Report judged(Workshop& workshop, const Release& release,
              const std::vector<std::string>& env_notes, Progress& progress) {
  const std::string label = release.commit.hex.empty()
                                ? std::string("the release")
                                : "commit " + short_id(release.commit.hex);
  progress.tell(live::ProbeStarted{0, label, std::nullopt});
  ProbeEvidence evidence =
      workshop.probers(1).front()->probe(release, [&](Stage stage) {
        progress.tell(live::StageReached{0, stage});
      });
  compare_with_healthy(workshop.journal(), workshop.subject(), release,
                       evidence);
  const Observation& observation = evidence.observation;
  progress.tell(live::ProbeEnded{label, std::nullopt, observation, false});
  const std::string logs = "probe-" + new_run_id();
  keep_evidence(workshop, logs, label, evidence);

  Report report;
  report.command = "probe";
  report.target = workshop.subject().target.name;
  report.failure = observation.failure;
  report.notes = workshop.cleaned();
  report.notes.insert(report.notes.end(), observation.notes.begin(),
                      observation.notes.end());
  note_uncommitted(report, workshop.subject());
  report.probes.search = 1;
  ProbeRecord record;
  record.label = label;
  record.observation = observation;
  report.trials = {described(record)};
  report.repository = workshop.subject().repo.string();
  report.seconds = std::chrono::duration<double>(observation.duration).count();
  report.outcome = observation.verdict == Verdict::good
                       ? Report::Outcome::healthy
                   : observation.verdict == Verdict::bad
                       ? Report::Outcome::broken
                       : Report::Outcome::no_verdict;
  if (report.failure) report.logs = logs_of(workshop, logs);
  report.exit = exit_code(report);
  report.next = next_step(report);
  add_reasons(report, release, evidence.log, workshop.subject(), env_notes);
  report.notes.insert(report.notes.begin(), env_notes.begin(),
                      env_notes.end());
  return report;
}

int run_probe(const ProbeOptions& options, const Context& context) {
  Progress progress(context);
  Report report;
  if (!options.plan.empty()) {
    options.adhoc.refuse_beside_plan();
    Planned planned(options.plan);
    planned.set_settle(options.adhoc.settle.given());
    const Target& target = planned.target(options.target);
    const std::size_t phase = planned.phase(options.phase);
    Workshop workshop(planned.subject(phase, target), planned.folder());
    ServedTarget place(planned, target, workshop);
    Served served = place.served();
    report = with_room(served, [&] {
      return judged(workshop, planned.release(phase, options.commit),
                    planned.plan().warnings, progress);
    });
    report.plan = planned.plan().name;
    report.exit = exit_code(report);
  } else if (options.adhoc.given()) {
    Subject subject = subject_of(options.adhoc);
    std::vector<std::string> notes;
    const Release release =
        release_of(options.adhoc, subject, options.commit, "", "", notes);
    Workshop workshop(std::move(subject), std::filesystem::current_path());
    report = judged(workshop, release, notes, progress);
  } else {
    throw UsageError("nothing to probe: give a plan or --source DIR");
  }
  report.command_line = context.arguments;
  progress.end();
  return print(report, context);
}

}  // namespace

void add_probe(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "probe", "judge one release: exit 0, 1 or 125, as git bisect run reads");
  auto options = std::make_shared<ProbeOptions>();
  command->add_option("plan", options->plan, "plan file; or describe it below");
  command->add_option("--commit", options->commit, "default: HEAD");
  command->add_option("--target", options->target, "target of the plan");
  command->add_option("--phase", options->phase,
                      "phase of the plan (default: last)");
  options->adhoc.add_options(*command);
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  context.posts->add_options(*command);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_probe(*options, context); };
  });
}

}  // namespace rung
