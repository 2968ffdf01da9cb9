#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/serving/opened_target.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

int told(bool was, bool json) {
  if (json) {
    const nlohmann::ordered_json out = {
        {"rung", 1}, {"command", "stop"}, {"stopped", was}};
    fmt::print("{}\n", out.dump());
  } else {
    fmt::print("{}\n", was ? "stopped" : "nothing was serving");
  }
  return kHealthy;
}

int stop(const std::string& plan, const std::string& target_name, bool json) {
  const Planned planned(plan, Planned::Secrets::when_needed);
  if (!target_name.empty() && stop_elsewhere(planned, target_name)) {
    return told(true, json);
  }
  const Target& target = planned.target(target_name);
  bool was = false;
  try {
    OpenedTarget opened(plan, target_name, Planned::Secrets::when_needed);
    was = opened.served.live().has_value();
    opened.served.stop();
  } catch (const JournalError& error) {
    // A damaged journal is no reason to let it serve on.
    if (target.adapter != "local") throw;
    Supervisor supervisor = supervisor_of(planned, target);
    was = supervisor.serving().has_value();
    if (!was) throw;
    supervisor.stop();
    fmt::print(stderr, "rung: {}\n", error.what());
  }
  const int exit = told(was, json);
  for (const LiveTarget& other : live_targets(planned.folder(), &planned)) {
    if (!other.serves || other.in_plan) continue;
    fmt::print(
        stderr,
        "rung: {} still serves on {}, which the plan no longer has: rung "
        "stop {} --target {}\n",
        other.serving.phase, other.serving.target, plan, other.serving.target);
  }
  return exit;
}

}  // namespace

void add_stop(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("stop", "stop what serves on a local target");
  auto plan = std::make_shared<std::string>();
  auto target = std::make_shared<std::string>();
  command->add_option("plan", *plan, "plan file")->required();
  command->add_option("--target", *target, "target of the plan");
  command->add_flag("--json", context.json, "as JSON");
  command->callback([=, &context] {
    context.run = [=, &context] { return stop(*plan, *target, context.json); };
  });
}

}  // namespace rung
