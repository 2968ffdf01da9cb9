#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "cmd/input/audited_project.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/running/find_break.hpp"
#include "cmd/running/pruning.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/running/search_flags.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/serving/served_target.hpp"
#include "cmd/serving/with_room.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/audit/deletion.hpp"
#include "core/base/error.hpp"
#include "core/text/counted.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

using Json = nlohmann::ordered_json;

struct PruneOptions {
  std::string plan, target, phase;
  std::vector<std::string> names;
  SearchFlags flags;
  bool apply = false;
};

/// Those that the user names, else those that nothing is known to need.
std::set<std::string> tried(const PruneOptions& options,
                            const Release& release) {
  std::set<std::string> names(options.names.begin(), options.names.end());
  if (names.empty()) {
    AuditOptions audit;
    audit.what = options.plan;
    const DeletionSet proposed = deletion_set(audited(audited_project(audit)));
    for (const auto* all : {&proposed.safe, &proposed.unknown}) {
      for (const std::string& name : *all) {
        if (release.env.contains(name)) names.insert(name);
      }
    }
  }
  std::vector<std::string_view> all;
  for (const auto& [name, unused] : release.env) all.push_back(name);
  for (const std::string& name : names) {
    if (release.env.contains(name)) continue;
    throw UsageError(fmt::format("{} is not set in this phase{}",
                                 printable(name, true),
                                 did_you_mean(name, all)));
  }
  return names;
}

std::string text_of(const Pruning& pruning, const std::string& phase) {
  std::string out;
  for (const Pruning::Needed& needed : pruning.needed) {
    out += fmt::format("needed   {}{}\n         without {}: {}\n",
                       fmt::join(needed.names, " or "),
                       needed.names.size() > 1 ? " (one of them)" : "",
                       needed.names.size() > 1 ? "them" : "it",
                       found_and_likely(needed.failure));
  }
  if (pruning.can_go.empty()) {
    return out + fmt::format("Phase {} needs each of them.\n", phase);
  }
  return out +
         fmt::format(
             "can go   {}\n"
             "Phase {} passes its gates without {}. What the gates do not ask "
             "is not tried.\n",
             fmt::join(pruning.can_go, ", "), phase,
             pruning.can_go.size() > 1 ? "all of these together" : "it");
}

Json json_of(const Pruning& pruning) {
  Json needed = Json::array();
  for (const Pruning::Needed& one : pruning.needed) {
    needed.push_back(
        {{"names", one.names}, {"failure", found_and_likely(one.failure)}});
  }
  return {{"needed", needed}, {"can_go", pruning.can_go}};
}

std::string applied_text(const PrunedFiles& files) {
  std::string out;
  for (std::size_t i = 0; i < files.changed.size(); ++i) {
    out += fmt::format("changed  {}\n         undo: cp {} {}\n",
                       printable(files.changed[i]), printable(files.kept[i]),
                       printable(files.changed[i]));
  }
  if (!files.left.empty()) {
    out += fmt::format("left     {}: the plan itself sets {}; delete by hand\n",
                       fmt::join(files.left, ", "),
                       files.left.size() > 1 ? "them" : "it");
  }
  return out;
}

int run_prune(const PruneOptions& options, Context& context) {
  Planned planned(options.plan);
  const Target& target = planned.target(options.target);
  const std::size_t phase = planned.phase(options.phase);
  const std::string& name = planned.plan().phases[phase].name;
  const Release whole = planned.release(phase);
  const std::set<std::string> names = tried(options, whole);
  Json json = {{"rung", 1}, {"command", "env prune"}};
  if (names.empty()) {
    json.update(json_of({}));
    fmt::print("{}", context.json ? json.dump(2) + '\n'
                                  : "Nothing to try: something is known to "
                                    "need each variable.\n");
    return kHealthy;
  }
  Release less = whole;
  for (const std::string& one : names) less.env.erase(one);

  FindBreakOptions find;
  options.flags.apply(find);
  find.terms = {.good = "present", .bad = "pruned"};
  Workshop workshop(planned.subject(phase, target), planned.folder());
  Progress progress(context);
  progress.say(
      fmt::format("tries phase {} without {}", name, fmt::join(names, ", ")));
  ServedTarget place(planned, target, workshop);
  Served served = place.served();
  Report report = with_room(served, [&] {
    return find_break(workshop, whole, less, find, context, progress);
  });
  report.plan = planned.plan().name;
  report.exit = exit_code(report);
  progress.end();
  const std::optional<Pruning> pruning = pruning_of(report, names);
  if (!pruning) {
    const int exit = print(report, context);
    end_run(workshop.journal(), report);
    return exit;
  }
  end_run(workshop.journal(), report);
  if (!context.json) fmt::print("{}", text_of(*pruning, name));
  std::optional<PrunedFiles> files;
  if (options.apply && !pruning->can_go.empty()) {
    files = pruned_files(planned, phase, pruning->can_go,
                         workshop.folder("pruned") / report.run);
  }
  if (context.json) {
    json.update(json_of(*pruning));
    json["run"] = report.run;
    if (files) {
      json["changed"] = files->changed;
      json["copies"] = files->kept;
      json["left"] = files->left;
    }
    fmt::print("{}\n",
               json.dump(2, ' ', false, Json::error_handler_t::replace));
    return kHealthy;
  }
  if (files) {
    fmt::print("{}next: rung climb {}\n", applied_text(*files), options.plan);
  } else if (!pruning->can_go.empty()) {
    fmt::print("next: rung env prune {} {} --apply\n", options.plan,
               fmt::join(pruning->can_go, " "));
  }
  return kHealthy;
}

}  // namespace

void add_env(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("env", "work on a plan's environment");
  command->require_subcommand(1);
  auto* prune = command->add_subcommand(
      "prune", "try which variables a plan's release can do without");
  auto options = std::make_shared<PruneOptions>();
  prune->add_option("plan", options->plan, "plan file")->required();
  prune->add_option("names", options->names,
                    "the variables (default: all that nothing is known to "
                    "need; see rung audit)");
  prune->add_option("--target", options->target, "target of the plan");
  prune->add_option("--phase", options->phase,
                    "phase of the plan (default: last)");
  prune->add_flag("--apply", options->apply,
                  "delete what can go from the plan's env files");
  options->flags.add_options(*prune);
  prune->add_flag("--json", context.json, "the same facts as JSON");
  prune->footer(
      "\nTries run apart from what serves. --apply changes env files only, and "
      "keeps copies;\nrung climb brings the result live.");
  prune->callback([options, &context] {
    context.run = [options, &context] { return run_prune(*options, context); };
  });
}

}  // namespace rung
