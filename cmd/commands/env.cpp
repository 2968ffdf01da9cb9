#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "adapters/process/written_file.hpp"
#include "cmd/input/audited_project.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/running/env_edits.hpp"
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

/// Nothing is deleted on a lucky trial.
constexpr unsigned kRepeatsToApply = 3;

struct PruneOptions {
  std::string plan, phase;
  std::vector<std::string> targets, names;
  SearchFlags flags;
  bool apply = false, even_if_read = false;
};

/// Where a release is tried.
struct Place {
  std::size_t phase = 0;
  const Target* target = nullptr;
};

/// The variables to try, and why some of them seem to be needed.
struct Chosen {
  std::set<std::string> names;
  std::map<std::string, std::vector<std::string>> read;
};

/// Those that the user names, else those that nothing is known to need.
Chosen chosen(const PruneOptions& options, const Release& release) {
  Chosen chosen;
  chosen.names.insert(options.names.begin(), options.names.end());
  std::vector<std::string_view> all;
  for (const auto& [name, unused] : release.env) all.push_back(name);
  for (const std::string& name : chosen.names) {
    if (release.env.contains(name)) continue;
    throw UsageError(fmt::format("{} is not set in this phase{}",
                                 printable(name, true),
                                 did_you_mean(name, all)));
  }
  AuditOptions about;
  about.what = options.plan;
  const Audit audit = audited(audited_project(about));
  if (chosen.names.empty()) {
    const DeletionSet proposed = deletion_set(audit);
    for (const auto* some : {&proposed.safe, &proposed.unknown}) {
      for (const std::string& name : *some) {
        if (release.env.contains(name)) chosen.names.insert(name);
      }
    }
  }
  for (const AuditKey& key : audit.keys) {
    if (key.can_delete == AuditDelete::no && chosen.names.contains(key.name)) {
      chosen.read[key.name] = key.against_deleting;
    }
  }
  return chosen;
}

/// All that --apply would be refused for whatever the trials say.
void require_applicable(const PruneOptions& options, const Planned& planned,
                        std::size_t phase, const Chosen& chosen,
                        const EnvTexts& texts) {
  if (!options.even_if_read && !chosen.read.empty()) {
    const auto& [name, reasons] = *chosen.read.begin();
    throw UsageError(fmt::format(
        "{} seems to be needed ({}), and what the gates do not ask is not "
        "tried; to delete it nevertheless: --even-if-read",
        name, fmt::join(reasons, "; ")));
  }
  const auto& targets = planned.plan().targets;
  const std::set<std::string> named(options.targets.begin(),
                                    options.targets.end());
  if (targets.size() > 1 && targets.size() != named.size()) {
    std::string all;
    for (const Target& one : targets) all += " --target " + one.name;
    throw UsageError(fmt::format(
        "--apply changes the env files for each target; name all:{}", all));
  }
  std::optional<Deletion> deletion;
  try {
    deletion = deletion_of(planned, phase, chosen.names, texts);
  } catch (const PlanError&) {
    return;  // for those that can go it may be possible
  }
  require_editable(deletion->edits);
  require_no_other_plan(planned.plan(), deletion->edits);
}

struct Tried {
  std::string run;
  std::optional<Pruning> pruning;  ///< nullopt: no full answer
  int exit = kHealthy;
};

/// The report is of a search; the answer is what can go.
void tell_pruning(Report& report, const Pruning& pruning, std::string next) {
  report.outcome = Report::Outcome::healthy;
  report.can_go.emplace(pruning.can_go.begin(), pruning.can_go.end());
  report.exit = kHealthy;
  report.checked.clear();
  report.reasons.clear();
  report.next = std::move(next);
}

using NextStep = std::function<std::string(const Pruning&)>;

/// The release of a phase with and without variables. `first`: the result is
/// the answer if there is no other.
Tried tried(const Planned& planned, const Place& place_of,
            const std::set<std::string>& names, const PruneOptions& options,
            Context& context, bool first, const NextStep& next_step) {
  const auto& [phase, target_of] = place_of;
  const Target& target = *target_of;
  const std::string& name = planned.plan().phases[phase].name;
  const Release whole = planned.release(phase);
  Release less = whole;
  for (const std::string& one : names) less.env.erase(one);

  FindBreakOptions find;
  options.flags.apply(find);
  find.terms = {.good = "present", .bad = "pruned"};
  if (options.apply) {
    find.hunt.repeat = std::max(find.hunt.repeat, kRepeatsToApply);
  }
  Workshop workshop(planned.subject(phase, target), planned.folder());
  Progress progress(context);
  progress.say(
      fmt::format("tries phase {} without {}", name, fmt::join(names, ", ")));
  ServedTarget place(planned, target, workshop);
  Served served = place.served();
  if (target.adapter == "local" && target.port != 0 && served.wanted()) {
    progress.say(
        fmt::format("what serves on port {} stops for the trials and comes "
                    "back after them",
                    target.port));
  }
  Report report = with_room(served, [&] {
    return find_break(workshop, whole, less, find, context, progress);
  });
  report.command = "env prune";
  report.plan = planned.plan().name;
  report.exit = exit_code(report);
  progress.end();
  const std::optional<Pruning> pruning = pruning_of(report, names);
  if (!pruning && (first || !context.json)) {
    const int exit = print(report, context);
    end_run(workshop.journal(), report);
    return {.run = report.run, .pruning = std::nullopt, .exit = exit};
  }
  if (pruning) tell_pruning(report, *pruning, next_step(*pruning));
  end_run(workshop.journal(), report);
  return {.run = report.run, .pruning = pruning, .exit = report.exit};
}

std::string in_words(const Planned& planned, const Place& place) {
  const std::string& phase = planned.plan().phases[place.phase].name;
  return planned.plan().targets.size() > 1
             ? fmt::format("{} on {}", phase, place.target->name)
             : phase;
}

std::string text_of(const Pruning& pruning, const Chosen& chosen,
                    const std::string& place) {
  std::string out;
  for (const Pruning::Needed& needed : pruning.needed) {
    out += fmt::format("needed   {}{}\n         without {}: {}\n",
                       fmt::join(needed.names, " or "),
                       needed.names.size() > 1 ? " (one of them)" : "",
                       needed.names.size() > 1 ? "them" : "it",
                       found_and_likely(needed.failure));
  }
  if (pruning.can_go.empty()) {
    return out + fmt::format("Phase {} needs each of them.\n", place);
  }
  out += fmt::format("can go   {}\n", fmt::join(pruning.can_go, ", "));
  for (const auto& [name, reasons] : chosen.read) {
    if (!pruning.can_go.contains(name)) continue;
    out += fmt::format("but      {}: {}\n", name,
                       printable(fmt::format("{}", fmt::join(reasons, "; "))));
  }
  return out +
         fmt::format(
             "Phase {} passes its gates without {} ({}). What the gates do not "
             "ask is not tried.\n",
             place, pruning.can_go.size() > 1 ? "all of these together" : "it",
             counted(pruning.passes, "trial"));
}

Json json_of(const Pruning& pruning) {
  Json needed = Json::array();
  for (const Pruning::Needed& one : pruning.needed) {
    needed.push_back(
        {{"names", one.names}, {"failure", found_and_likely(one.failure)}});
  }
  return {{"needed", needed},
          {"can_go", pruning.can_go},
          {"trials", pruning.passes}};
}

/// Tries the same where it was not tried: exactly what a deletion leaves, in
/// each phase that it changes. Throws PlanError where that does not pass.
void try_elsewhere(const Planned& planned, const std::vector<Place>& places,
                   const Deletion& deletion, const PruneOptions& options,
                   Context& context, Json& json) {
  for (const Place& place : places) {
    const auto& after = deletion.envs.at(place.phase);
    std::set<std::string> names;
    for (const auto& [name, unused] : planned.release(place.phase).env) {
      if (!after.contains(name)) names.insert(name);
    }
    const Tried result = tried(planned, place, names, options, context, false,
                               [](const Pruning&) { return std::string(); });
    const std::string where = in_words(planned, place);
    if (!result.pruning) {
      throw PlanError(fmt::format(
          "nothing is deleted: there is no verdict on phase {} without {}",
          where, fmt::join(names, ", ")));
    }
    for (const Pruning::Needed& needed : result.pruning->needed) {
      throw PlanError(fmt::format(
          "nothing is deleted: phase {} needs {} ({}); name the others", where,
          fmt::join(needed.names, " or "), found_and_likely(needed.failure)));
    }
    json["also_tried"].push_back(
        {{"phase", planned.plan().phases[place.phase].name},
         {"target", place.target->name},
         {"names", names},
         {"trials", result.pruning->passes}});
    if (context.json) continue;
    fmt::print("also     phase {} passes without {} ({})\n", where,
               fmt::join(names, ", "),
               counted(result.pruning->passes, "trial"));
  }
}

/// Those that a deletion changes, but for the one that was tried like this.
std::vector<Place> changed_places(const Planned& planned,
                                  const std::vector<const Target*>& targets,
                                  const Place& first,
                                  const std::set<std::string>& names,
                                  const Deletion& deletion) {
  Release less = planned.release(first.phase);
  for (const std::string& name : names) less.env.erase(name);
  std::vector<Place> places;
  for (const Target* target : targets) {
    for (const auto& [phase, env] : deletion.envs) {
      if (target == first.target && phase == first.phase && env == less.env) {
        continue;
      }
      places.push_back({phase, target});
    }
  }
  return places;
}

std::string left_text(const Deletion& deletion) {
  std::string out;
  for (const auto& [name, files] : deletion.left) {
    out += fmt::format(
        "left     {}: the plan itself sets it{}; delete by hand\n", name,
        files.empty() ? ""
                      : fmt::format(", and so does {}",
                                    printable(fmt::format(
                                        "{}", fmt::join(files, ", ")))));
  }
  return out;
}

/// Deletes what can go; whether anything was changed.
bool apply(const Planned& planned, const std::vector<const Target*>& targets,
           const Place& first, const std::set<std::string>& names,
           const Tried& result, const EnvTexts& texts,
           const PruneOptions& options, Context& context, Json& json) {
  const std::set<std::string>& can_go = result.pruning->can_go;
  const Deletion deletion = deletion_of(planned, first.phase, can_go, texts);
  require_editable(deletion.edits);
  require_no_other_plan(planned.plan(), deletion.edits);
  try_elsewhere(planned,
                changed_places(planned, targets, first, names, deletion),
                deletion, options, context, json);
  const auto lock = hold_journal(planned.folder());
  // The plan and its other env files decide what the edits come to.
  if (env_texts(planned.plan()) != texts) {
    throw PlanError(
        "an env file changed while rung tried; nothing is deleted, run this "
        "again");
  }
  static_cast<void>(deletion_of(planned, first.phase, can_go, texts));
  std::vector<EditedFile> files;
  if (!deletion.edits.empty()) {
    files =
        apply_edits(deletion.edits,
                    env_copies_in(planned.folder()) / result.run, edit_file);
  }
  json["changed"] = json["copies"] = json["left"] = Json::array();
  for (const EditedFile& one : files) {
    json["changed"].push_back(one.file);
    json["copies"].push_back(one.copy);
    if (context.json) continue;
    fmt::print("changed  {}\n         undo: {}\n", printable(one.file),
               undo_of(one));
  }
  for (const auto& [name, unused] : deletion.left) json["left"].push_back(name);
  if (!context.json) fmt::print("{}", left_text(deletion));
  return !files.empty();
}

/// The command that goes on from here, as it can be pasted.
std::string next_command(const PruneOptions& options, const Pruning& pruning,
                         const Chosen& chosen) {
  std::vector<std::string> words = {"rung", "env", "prune", options.plan};
  for (const std::string& name : pruning.can_go) {
    if (options.even_if_read || !chosen.read.contains(name)) {
      words.push_back(name);
    }
  }
  if (words.size() == 4) return "";
  if (!options.phase.empty()) {
    words.insert(words.end(), {"--phase", options.phase});
  }
  for (const std::string& target : options.targets) {
    words.insert(words.end(), {"--target", target});
  }
  for (std::string& word : options.flags.words()) {
    words.push_back(std::move(word));
  }
  if (options.even_if_read) words.emplace_back("--even-if-read");
  words.emplace_back("--apply");
  std::string line;
  for (const std::string& word : words) {
    line += (line.empty() ? "" : " ") + shell_quoted(word);
  }
  return line;
}

/// For who comes after a rung that was killed while it changed files.
void tell_of_unfinished(const Planned& planned) {
  for (const EnvCopies& copies : env_copies(planned.folder())) {
    if (!copies.unfinished()) continue;
    for (const std::string& line : told_of_unfinished(copies)) {
      fmt::print(stderr, "{}\n", line);
    }
  }
}

int run_prune(const PruneOptions& options, Context& context) {
  Planned planned(options.plan);
  tell_of_unfinished(planned);
  const EnvTexts texts = env_texts(planned.plan());
  std::vector<const Target*> targets;
  for (const std::string& one : options.targets) {
    targets.push_back(&planned.target(one));
  }
  if (targets.empty()) targets.push_back(&planned.target(""));
  const Place first{planned.phase(options.phase), targets.front()};
  const Chosen all = chosen(options, planned.release(first.phase));
  Json json = {{"rung", 1}, {"command", "env prune"}};
  if (all.names.empty()) {
    json.update(json_of({}));
    fmt::print("{}", context.json ? json.dump(2) + '\n'
                                  : "Nothing to try: something is known to "
                                    "need each variable.\n");
    return kHealthy;
  }
  if (!options.apply && targets.size() > 1) {
    throw UsageError("several targets go with --apply only");
  }
  if (options.apply) {
    require_applicable(options, planned, first.phase, all, texts);
  }
  const Tried result =
      tried(planned, first, all.names, options, context, true,
            [&](const Pruning& pruning) {
              return options.apply ? "" : next_command(options, pruning, all);
            });
  if (!result.pruning) return result.exit;
  const Pruning& pruning = *result.pruning;
  if (!context.json) {
    fmt::print("{}", text_of(pruning, all, in_words(planned, first)));
  }
  json.update(json_of(pruning));
  json["read"] = all.read;
  json["run"] = result.run;
  int exit = kHealthy;
  if (options.apply && !pruning.can_go.empty()) {
    try {
      if (apply(planned, targets, first, all.names, result, texts, options,
                context, json) &&
          !context.json) {
        fmt::print("next: rung climb {}{}\n", shell_quoted(options.plan),
                   options.targets.size() == 1
                       ? " --target " + shell_quoted(options.targets[0])
                       : "");
      }
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      // With what the trials said: they took their time.
      if (!context.json) throw;
      json["not_applied"] = error.what();
      exit = kCouldNotWork;
      fmt::print(stderr, "rung: {}\n", error.what());
    }
  }
  if (context.json) {
    fmt::print("{}\n",
               json.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (const std::string next = next_command(options, pruning, all);
             !options.apply && !next.empty()) {
    fmt::print("next: {}\n", next);
  }
  return exit;
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
  prune
      ->add_option("--target", options->targets,
                   "target of the plan; --apply needs each of them, each with "
                   "its own --target")
      ->allow_extra_args(false);
  prune->add_option("--phase", options->phase,
                    "phase of the plan (default: last)");
  prune->add_flag("--apply", options->apply,
                  "delete what can go from the plan's env files");
  prune->add_flag("--even-if-read", options->even_if_read,
                  "let --apply delete what the sources read, too");
  options->flags.add_options(*prune);
  prune->add_flag("--json", context.json, "the same facts as JSON");
  prune->footer(
      "\nTries run apart from what serves. --apply tries each phase that the "
      "deletion changes,\nthree times; it changes env files only, and keeps "
      "copies in .rung/pruned until\nrung clean. rung climb brings the result "
      "live.");
  prune->callback([options, &context] {
    context.run = [options, &context] { return run_prune(*options, context); };
  });
}

}  // namespace rung
