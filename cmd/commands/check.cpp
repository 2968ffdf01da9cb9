#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "plans/generate/outline.hpp"
#include "plans/reading/reader.hpp"

namespace rung {
namespace {

int run_check(const std::string& file, bool json) {
  const Plan plan = read_plan(file);
  if (!json) {
    fmt::print("{}", describe(plan));
    for (const std::string& warning : plan.warnings) {
      fmt::print(stderr, "warning: {}\n", warning);
    }
    return kHealthy;
  }
  nlohmann::ordered_json out = {
      {"rung", 1}, {"command", "check"}, {"plan", plan.name}};
  out["warnings"] = plan.warnings;
  out["phases"] = nlohmann::ordered_json::array();
  for (const PhaseOutline& phase : outline(plan)) {
    nlohmann::ordered_json told = {{"name", phase.name},
                                   {"approve", phase.approve}};
    told["changes"] = nlohmann::ordered_json::object();
    for (const OutlineSection& section : phase.sections) {
      auto& lines = told["changes"][section.name];
      lines = nlohmann::ordered_json::array();
      for (const OutlineChange& change : section.changes) {
        lines.push_back(std::string(1, change.sign) + " " + change.text);
      }
    }
    out["phases"].push_back(std::move(told));
  }
  fmt::print("{}\n", out.dump(2, ' ', false,
                              nlohmann::json::error_handler_t::replace));
  return kHealthy;
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "check", "validate a plan and print what would happen; touches nothing");
  auto plan = std::make_shared<std::string>();
  command->add_option("plan", *plan, "plan file")->required();
  command->add_flag("--json", context.json, "the same facts as JSON");
  command->callback([plan, &context] {
    context.run = [plan, &context] { return run_check(*plan, context.json); };
  });
}

}  // namespace rung
