#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "adapters/git/history.hpp"
#include "adapters/process/interruption.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/input/settle_flag.hpp"
#include "cmd/running/find_break.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/screen/when.hpp"
#include "cmd/serving/served_target.hpp"
#include "cmd/workshop/platforms.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/model/live_platform.hpp"
#include "core/text/redact.hpp"
#include "core/text/short_id.hpp"

// Incident mode: what does the platform run, what failed on it, and which
// change between the two did it?
namespace rung {
namespace {

struct RecoverOptions {
  std::string plan, target, good_env, on;
  bool apply = false, read_only = false;
  FindBreakOptions find;
  SettleFlag settle;
};

Planned planned_with(const RecoverOptions& options) {
  Planned planned(options.plan);
  planned.set_settle(options.settle.given());
  return planned;
}

/// The two ends of the incident, and what the platform said of the bad one.
struct Incident {
  Release good, bad;
  std::string good_name, bad_name;  ///< for people
  std::optional<Failure> failure;
  std::optional<LiveRelease> live;
};

bool same_failure(const Failure& a, const Failure& b) {
  // Who sees no sockets cannot tell another port from none at all.
  const auto says_little = [](const Failure& failure) {
    return failure.cause == "unknown" || failure.cause == "no-port-bound";
  };
  return a.stage == b.stage &&
         (a.cause == b.cause || says_little(a) || says_little(b));
}

class Recovery {
 public:
  Recovery(const RecoverOptions& options, const Context& context)
      : options_(options),
        context_(context),
        planned_(planned_with(options)),
        target_(planned_.target(options.target)),
        phase_(planned_.phase("")),
        env_notes_(planned_.plan().warnings),
        progress_(context) {}

  int run() {
    Report report;
    report.outcome = Report::Outcome::healthy;
    const auto incident = read();
    if (incident) {
      report = search(*incident);
      finish(*incident, report);
    }
    add_env_notes(report);
    report.command = "recover";
    report.plan = planned_.plan().name;
    report.target = target_.name;
    report.command_line = context_.arguments;
    progress_.end();
    if (report.run.empty()) return print(report, context_);
    const int exit = print(report, context_);
    Workshop workshop(subject(target_), planned_.folder());
    end_run(workshop.journal(), report);
    return exit;
  }

 private:
  Subject subject(const Target& target) const {
    return planned_.subject(phase_, target);
  }

  std::set<std::string> secrets() const {
    return subject(target_).secret_names;
  }

  // A search has told them already; where none was needed it is done here.
  void add_env_notes(Report& report) const {
    for (auto note = env_notes_.rbegin(); note != env_notes_.rend(); ++note) {
      if (std::find(report.notes.begin(), report.notes.end(), *note) ==
          report.notes.end()) {
        report.notes.insert(report.notes.begin(), *note);
      }
    }
  }

  // Reads only. nullopt: nothing failed since what serves was deployed.
  std::optional<Incident> read() {
    Workshop workshop(subject(target_), planned_.folder());
    const auto platform = workshop.platform_for_reading();
    auto* records = dynamic_cast<DeployRecords*>(platform.get());
    auto* live = dynamic_cast<LivePlatform*>(platform.get());
    if (records == nullptr || live == nullptr) {
      throw UsageError(fmt::format(
          "recover: the adapter \"{}\" of target {} does not report earlier "
          "deploys; use rung bisect {} --target {}",
          target_.adapter, target_.name, options_.plan, target_.name));
    }
    constexpr std::size_t kLookBack = 50;
    const std::vector<PastDeploy> past = records->past_deploys(kLookBack);
    const auto good = std::find_if(past.begin(), past.end(), [](auto& deploy) {
      return deploy.live;
    });
    const auto bad = std::find_if(past.begin(), good, [](auto& deploy) {
      return deploy.failure.has_value();
    });
    if (good == past.end()) {
      throw AbortError(fmt::format(
          "recover: none of the last {} deploys of {} is live; serve a known "
          "good release first: rung rollback {} --target {}",
          past.size(), target_.name, options_.plan, target_.name));
    }
    if (bad == good) {
      progress_.say(fmt::format("{} serves deploy {} of {}; nothing has failed "
                                "since",
                                target_.name, good->id, when(good->at_ms)));
      return std::nullopt;
    }

    Incident incident;
    incident.live = live->live();
    incident.good_name = fmt::format("deploy {} of {} (live)", good->id,
                                     when(good->at_ms));
    incident.bad_name =
        fmt::format("deploy {} of {}", bad->id, when(bad->at_ms));
    incident.bad = release_of(*bad, bad->env ? *bad->env
                                             : records->stored_env());
    incident.good = release_of(*good, env_of(*good, workshop.journal()));
    progress_.say(fmt::format("live    {}: commit {}", incident.good_name,
                              short_id(good->commit)));
    progress_.say(fmt::format("failed  {}: commit {}", incident.bad_name,
                              short_id(bad->commit)));

    // What its log says costs no deploy.
    Redactor redact;
    redact.add(incident.bad.env, secrets());
    const Failure failure = redacted(
        explained(*bad->failure, records->log_of(bad->id)), redact);
    progress_.say(fmt::format("        {}, {} {}: {}", to_string(failure.stage),
                              failure.cause, failure.evidence,
                              found_and_likely(failure)));
    incident.failure = failure;
    return incident;
  }

  static Failure redacted(Failure failure, const Redactor& redact) {
    failure.evidence = redact(failure.evidence);
    failure.message = redact(failure.message);
    failure.likely = redact(failure.likely);
    failure.signature = redact(failure.signature);
    return failure;
  }

  // The plan's top phase, with the code and environment the platform names.
  Release release_of(const PastDeploy& deploy,
                     const std::map<std::string, std::string>& env) const {
    Release release = planned_.release(phase_, deploy.commit);
    release.env = env;
    return release;
  }

  std::map<std::string, std::string> env_of(const PastDeploy& deploy,
                                            Journal& journal) {
    if (!options_.good_env.empty()) {
      return planned_
          .release(phase_, deploy.commit, options_.good_env, "", &env_notes_)
          .env;
    }
    if (deploy.env) return *deploy.env;
    // Put there by rung: then it is on record, whole.
    for (const KnownGood& known : journal.known_goods(
             planned_.plan().name, "", target_.name)) {
      const auto kept = journal.kept_release(known.release_id);
      if (!kept || kept->release.commit.hex != deploy.commit) continue;
      return planned_.kept(journal, known.release_id)->env;
    }
    throw UsageError(fmt::format(
        "recover: {} does not report the environment of deploy {}, and it is "
        "not on record; give what it ran with: --good-env FILE",
        target_.name, deploy.id));
  }

  // Cheapest first; the platform itself last, and never when only reading.
  std::vector<const Target*> candidates() const {
    if (!options_.on.empty()) return {&planned_.target(options_.on)};
    std::vector<const Target*> out;
    for (const Target& target : planned_.plan().targets) {
      if (target.adapter == "local") out.push_back(&target);
    }
    for (const Target& target : planned_.plan().targets) {
      if (target.adapter == "docker") out.push_back(&target);
    }
    if (!options_.read_only) out.push_back(&target_);
    return out;
  }

  Report search(const Incident& incident) {
    Report report;
    report.outcome = Report::Outcome::no_verdict;
    report.failure = incident.failure;
    if (diff(incident.good, incident.bad).empty()) {
      report.notes.push_back(fmt::format(
          "{} is the same release as {}: no change is guilty; look at the "
          "platform and at what the service talks to",
          incident.bad_name, incident.good_name));
      return report;
    }
    for (const Target* target : candidates()) {
      progress_.say(fmt::format(
          "looking for it on {}{}", target->name,
          target == &target_ ? "" : ", with the variables of " + target_.name));
      Workshop workshop(subject(*target), planned_.folder());
      FindBreakOptions find = options_.find;
      find.env_notes = env_notes_;
      report = find_break(workshop, incident.good, incident.bad, find, context_,
                          progress_);
      const bool reproduced =
          report.outcome == Report::Outcome::culprit ||
          report.outcome == Report::Outcome::suspects ||
          report.outcome == Report::Outcome::budget;
      if (reproduced && (!incident.failure || !report.failure ||
                         same_failure(*incident.failure, *report.failure) ||
                         target == candidates().back())) {
        report.notes.push_back(fmt::format(
            "between {} and {}, reproduced on {}", incident.good_name,
            incident.bad_name, target->name));
        return report;
      }
      if (target != candidates().back()) {
        report.exit = exit_code(report);
        end_run(workshop.journal(), report);
      }
      progress_.say(fmt::format(
          "{} does not show the same failure ({})", target->name,
          reproduced ? std::string_view("another one")
                     : to_string(report.outcome)));
    }
    return report;
  }

  /// Bad without one delta of each finding: the smallest repair.
  Release repaired(const Incident& incident, const Report& report) const {
    Release release = incident.bad;
    const std::vector<Delta> deltas = diff(incident.good, incident.bad);
    for (const ReportFinding& finding : report.findings) {
      const ReportDelta& guilty = finding.culprit.front();
      if (guilty.kind == DeltaKind::commit) {
        release.commit = GitHistory(subject(target_).repo)
                             .resolve(guilty.name + "^1");
        continue;
      }
      for (const Delta& delta : deltas) {
        if (kind(delta) != guilty.kind || name(delta) != guilty.name) continue;
        std::vector<Delta> back = diff(incident.bad, incident.good);
        std::erase_if(back, [&](const Delta& d) {
          return kind(d) != guilty.kind || name(d) != guilty.name;
        });
        release = applied(release, back);
      }
    }
    return release;
  }

  bool confirmed() {
    if (options_.apply) return true;
    if (context_.json || options_.read_only || isatty(STDIN_FILENO) != 1 ||
        isatty(STDERR_FILENO) != 1) {
      return false;
    }
    progress_.end();
    fmt::print(stderr, "deploy the repaired release to {} now? [y/N] ",
               target_.name);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
  }

  void finish(const Incident& incident, Report& report) {
    report.exit = exit_code(report);
    if (report.outcome != Report::Outcome::culprit) return;
    if (!confirmed()) {
      report.next =
          "to deploy the repair and check it with the gates, add --apply";
      return;
    }
    Workshop workshop(subject(target_), planned_.folder());
    const Release release = repaired(incident, report);
    Journal& journal = workshop.journal();
    const std::set<std::string> names = secrets();
    journal.keep_release(release, {names.begin(), names.end()});
    const std::string id = journal.id_of(release);
    ServedTarget place(planned_, target_, workshop);
    Served served = place.served();
    const std::string& phase = planned_.plan().phases[phase_].name;
    const Observation seen = served.serve({phase, id}, &release);
    if (seen.verdict == Verdict::good) {
      journal.add_known_good({planned_.plan().name, phase, target_.name, id,
                              workshop.clock().unix_ms()});
      report.known_good = ReportKnownGood{phase, target_.name, id};
      report.notes.push_back("the repaired release serves, its gates pass");
      report.next = "make the repair in the files too, so that the next deploy "
                    "keeps it";
      report.exit = kHealthy;
      return;
    }
    report.restored = served.live().has_value();
    report.notes.push_back(fmt::format(
        "the repaired release does not pass on {}: {}", target_.name,
        seen.failure ? found_and_likely(*seen.failure) : "no verdict"));
    report.exit = exit_code(report);
    report.next = next_step(report);
  }

  const RecoverOptions& options_;
  const Context& context_;
  Planned planned_;
  const Target& target_;
  std::size_t phase_;
  std::vector<std::string> env_notes_;  ///< what there is to tell about env files
  Progress progress_;
};

}  // namespace

void add_recover(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "recover", "production is down: find which change did it, and repair it");
  auto options = std::make_shared<RecoverOptions>();
  command->add_option("plan", options->plan, "plan file")->required();
  options->settle.add_option(*command);
  command->add_option("--target", options->target, "the platform in trouble")
      ->required();
  command->add_option("--on", options->on,
                      "search on this target (default: the cheapest that shows "
                      "the same failure)");
  command->add_option(
      "--good-env", options->good_env,
      "the environment of the live deploy, if the platform does not report it");
  command->add_flag("--apply", options->apply,
                    "deploy the repair without asking; the gates check it");
  command->add_flag("--read-only", options->read_only,
                    "change nothing on the platform");
  command->add_flag("--fresh", options->find.hunt.fresh,
                    "ignore remembered verdicts");
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  context.posts->add_options(*command);
  command->callback([options, &context] {
    context.run = [options, &context] {
      if (options->apply && options->read_only) {
        throw UsageError("recover: --apply and --read-only exclude each other");
      }
      return Recovery(*options, context).run();
    };
  });
}

}  // namespace rung
