#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cmd/input/audited_project.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "core/audit/audit_text.hpp"
#include "core/audit/deletion.hpp"

namespace rung {
namespace {

std::string prune_text(const Audit& audit, const std::string& what) {
  const DeletionSet set = deletion_set(audit);
  if (set.safe.empty() && set.unknown.empty()) {
    return "Something is known to need each variable.\n";
  }
  const auto list = [](const std::vector<std::string>& names) {
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, " "));
  };
  return fmt::format(
      "safe to delete: {}\n"
      "perhaps:        {}\n"
      "-> try it on a plan, which asks its gates: rung env prune {}\n",
      list(set.safe), list(set.unknown),
      std::filesystem::is_directory(what) ? "PLAN" : what);
}

int run_audit(const AuditOptions& options, bool prune, bool json) {
  const Audit audit = audited(audited_project(options));
  if (prune) {
    const DeletionSet set = deletion_set(audit);
    fmt::print("{}", json ? nlohmann::ordered_json{{"rung", 1},
                                                   {"command", "audit"},
                                                   {"safe", set.safe},
                                                   {"perhaps", set.unknown}}
                                    .dump(2) +
                                '\n'
                          : prune_text(audit, options.what));
    return kHealthy;
  }
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
  auto prune = std::make_shared<bool>(false);
  command->add_flag("--prune", *prune,
                    "only list what nothing is known to need");
  command->add_flag("--json", context.json, "the same facts as JSON");
  command->footer(
      "\nExit code 1: there is an error, such as a variable that the service "
      "cannot do without and nothing sets.");
  command->callback([options, prune, &context] {
    context.run = [options, prune, &context] {
      return run_audit(*options, *prune, context.json);
    };
  });
}

}  // namespace rung
