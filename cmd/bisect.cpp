#include <fmt/format.h>
#include <unistd.h>

#include "cmd/adhoc.hpp"
#include "cmd/commands.hpp"
#include "cmd/exit_code.hpp"
#include "cmd/find_break.hpp"
#include "cmd/output.hpp"
#include "cmd/wiring.hpp"
#include "core/error.hpp"

namespace rung {
namespace {

struct Options {
  AdHoc adhoc;
  std::string plan, target, phase;
  std::string good, bad, good_env, bad_env, good_requirements,
      bad_requirements;
  FindBreakOptions find;
  std::string max_time;
  bool all = false;
};

int run(Options& options, Context& context) {
  if (!options.max_time.empty()) {
    options.find.limits.time = std::chrono::duration_cast<std::chrono::seconds>(
        parse_duration(options.max_time));
  }
  const AdHoc& adhoc = options.adhoc;
  if (!adhoc.given()) {
    throw UsageError(
        "nothing to bisect: give --source DIR or a plan (rung bisect --help)");
  }
  Subject subject = subject_of(adhoc);
  if (subject.predicate.empty() == false && options.good.empty()) {
    throw UsageError("--command: give --good COMMIT and --bad COMMIT");
  }
  const Release good = release_of(adhoc, subject, options.good,
                                  options.good_env, options.good_requirements);
  const Release bad = release_of(adhoc, subject, options.bad, options.bad_env,
                                 options.bad_requirements);
  const std::filesystem::path here = std::filesystem::current_path();
  Workshop workshop(std::move(subject), here);
  Report report = find_break(workshop, good, bad, options.find, context);
  return print(report, context);
}

}  // namespace

void add_bisect(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "bisect", "find the first breaking change between two releases");
  auto options = std::make_shared<Options>();
  command->add_option("plan", options->plan, "plan file; or describe it below");
  command->add_option("--good", options->good,
                      "commit, phase, known-good or release id");
  command->add_option("--bad", options->bad, "the same");
  command->add_option("--good-env", options->good_env, "its env file");
  command->add_option("--bad-env", options->bad_env, "its env file");
  command->add_option("--good-requirements", options->good_requirements,
                      "requirements.txt, pip freeze output, package.json or "
                      "package-lock.json");
  command->add_option("--bad-requirements", options->bad_requirements,
                      "the same");
  command->add_option("--target", options->target, "of the plan");
  command->add_option("--phase", options->phase, "of the plan");
  options->adhoc.add_options(*command);
  command->add_flag("--first-parent", options->find.search.first_parent,
                    "stay on the main line of the history");
  command->add_flag("--first", options->find.search.first_only,
                    "stop after the first confirmed finding");
  command->add_flag("--all", options->all,
                    "go on until the bad release without all findings is good "
                    "(the default)");
  command->add_flag("--only-this-failure",
                    options->find.search.only_this_failure,
                    "other failures count as skip");
  command->add_flag("--fresh", options->find.fresh,
                    "ignore remembered verdicts");
  command->add_option("--workers", options->find.workers, "trials at a time")
      ->check(CLI::Range(1, 64));
  command->add_option("--max-probes", options->find.limits.probes,
                      "budget of deployments");
  command->add_option("--max-time", options->max_time, "budget, e.g. 20m");
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([options, &context] {
    context.run = [options, &context] { return run(*options, context); };
  });
}

}  // namespace rung
