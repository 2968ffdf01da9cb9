#include <CLI/CLI.hpp>

#include <memory>
#include <utility>

#include "cmd/input/context.hpp"
#include "cmd/input/settle_flag.hpp"
#include "cmd/running/climb_run.hpp"
#include "cmd/running/search_flags.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/posts.hpp"

namespace rung {
namespace {

struct ClimbFlags {
  ClimbOptions climb;
  SearchFlags search;
  SettleFlag settle;
};

int run_climb(ClimbFlags& flags, const Context& context) {
  flags.search.apply(flags.climb.find);
  Planned planned(flags.climb.plan);
  planned.set_settle(flags.settle.given());
  ClimbRun climb(flags.climb, std::move(planned), context);
  const Report report = climb.run();
  const int exit = print(report, context);
  climb.end(report);
  return exit;
}

}  // namespace

void add_climb(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "climb", "deploy phase by phase; on a break restore and find the cause");
  auto flags = std::make_shared<ClimbFlags>();
  ClimbOptions& climb = flags->climb;
  command->add_option("plan", climb.plan, "plan file")->required();
  command->add_option("--target", climb.target,
                      "one target of the plan (default: local)");
  command->add_option("--approve", climb.approve,
                      "let this phase begin (plan: approve: true)");
  command->add_flag("--tag", climb.tag,
                    "tag commits of good phases rung/PLAN/PHASE");
  command->add_flag("--no-serve", climb.no_serve,
                    "only judge; do not change the live release");
  flags->search.add_options(*command);
  flags->settle.add_option(*command);
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  context.posts->add_options(*command);
  command->callback([flags, &context] {
    context.run = [flags, &context] { return run_climb(*flags, context); };
  });
}

}  // namespace rung
