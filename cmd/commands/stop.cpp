#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/serving/opened_target.hpp"

namespace rung {
namespace {

int stop(const std::string& plan, const std::string& target_name, bool json) {
  OpenedTarget opened(plan, target_name, Planned::Secrets::when_needed);
  const bool was = opened.served.live().has_value();
  opened.served.stop();
  if (json) {
    const nlohmann::ordered_json out = {
        {"rung", 1}, {"command", "stop"}, {"stopped", was}};
    fmt::print("{}\n", out.dump());
  } else {
    fmt::print("{}\n", was ? "stopped" : "nothing was serving");
  }
  return kHealthy;
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
