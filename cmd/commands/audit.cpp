#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cmd/input/audited_project.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "core/audit/audit_text.hpp"

namespace rung {
namespace {

int run_audit(const AuditOptions& options, bool json) {
  const Audit audit = audited(audited_project(options));
  if (json) {
    fmt::print("{}\n",
               audit_json(audit).dump(
                   2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{}", audit_text(audit));
  }
  return audit.count(AuditLevel::error) > 0 ? kBroken : kHealthy;
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "audit",
      "compare the variables that sources read with what environments set");
  auto options = std::make_shared<AuditOptions>();
  command->add_option("what", options->what, "plan file or folder; default .");
  command
      ->add_option("--env-file", options->env_files,
                   "an environment's env file; default: those in the folder")
      ->allow_extra_args(false);
  command->add_option("--dialect", options->dialect,
                      "how env files are read; default compose");
  command->add_option("--against", options->against,
                      "tell what changed since this commit");
  command->add_flag("--json", context.json, "the same facts as JSON");
  command->footer(
      "\nExit code 1: a variable that the service cannot do without is missing.");
  command->callback([options, &context] {
    context.run = [options, &context] {
      return run_audit(*options, context.json);
    };
  });
}

}  // namespace rung
