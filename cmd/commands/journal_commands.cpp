#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/running/correct.hpp"
#include "cmd/running/resume.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/serving/served.hpp"
#include "cmd/serving/supervisor.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/text/printable.hpp"

namespace fs = std::filesystem;

// status, log, rollback, serve and stop, and the options of resume: what the journal
// tells.
namespace rung {
namespace {

std::string when(std::int64_t ms) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::localtime(static_cast<std::time_t>(ms / 1000)));
}

int status(const JournalPlace& place, bool json) {
  const auto journal = open_journal(place.folder());
  nlohmann::ordered_json out = {{"rung", 1}, {"command", "status"}};
  out["known_good"] = nlohmann::ordered_json::array();
  std::set<std::string> seen;
  for (const KnownGood& good : journal->known_goods("", "", "")) {
    if (!seen.insert(good.plan + '\0' + good.phase + '\0' + good.target)
             .second) {
      continue;  // newest first: older ones of the same place
    }
    out["known_good"].push_back({{"plan", good.plan},
                                 {"phase", good.phase},
                                 {"target", good.target},
                                 {"release", good.release_id},
                                 {"at", when(good.at_ms)}});
  }
  out["serving"] = nlohmann::ordered_json::array();
  out["lost"] = nlohmann::ordered_json::array();
  if (place.is_plan()) {
    const Planned planned(place.text);
    for (const Target& target : planned.plan().targets) {
      if (target.adapter != "local") continue;
      const Live live(planned, target);
      if (const auto lost = live.lost()) {
        out["lost"].push_back({{"target", target.name},
                               {"phase", lost->phase},
                               {"release", lost->release},
                               {"ended", lost->exit.has_value()}});
      }
      if (const auto serving = live.serving()) {
        out["serving"].push_back({{"target", target.name},
                                  {"phase", serving->phase},
                                  {"release", serving->release},
                                  {"url", serving->url},
                                  {"since", when(serving->since_ms)}});
      }
    }
  }
  out["unfinished"] = nlohmann::ordered_json::array();
  for (const RunRecord& run : journal->runs()) {
    if (run.ended_ms != 0) continue;
    out["unfinished"].push_back({{"run", run.run},
                                 {"command", run.command},
                                 {"since", when(run.started_ms)},
                                 {"probes", journal->probes(run.run).size()}});
  }
  if (json) {
    fmt::print("{}\n", out.dump(2));
    return kHealthy;
  }
  for (const auto& live : out["serving"]) {
    fmt::print("serving     {} on {}: release {} at {} since {}\n",
               live["phase"].get<std::string>(),
               live["target"].get<std::string>(),
               live["release"].get<std::string>().substr(0, 10),
               live["url"].get<std::string>(),
               live["since"].get<std::string>());
  }
  for (const auto& lost : out["lost"]) {
    const std::string target = lost["target"];
    fmt::print("lost        {} on {}: release {} was serving, {}: rung serve "
               "{} --target {}\n",
               lost["phase"].get<std::string>(), target,
               lost["release"].get<std::string>().substr(0, 10),
               lost["ended"].get<bool>() ? "it has ended"
                                         : "its supervisor is gone",
               place.text, target);
  }
  if (place.is_plan() && out["serving"].empty() && out["lost"].empty() &&
      !out["known_good"].empty()) {
    fmt::print("serving     nothing on this machine\n");
  }
  for (const auto& good : out["known_good"]) {
    fmt::print("known good  {} on {}: release {} of {}\n",
               good["phase"].get<std::string>(),
               good["target"].get<std::string>(),
               good["release"].get<std::string>().substr(0, 10),
               good["at"].get<std::string>());
  }
  for (const auto& run : out["unfinished"]) {
    fmt::print("unfinished  {} since {}, {} probes on record: rung resume\n",
               run["command"].get<std::string>(),
               run["since"].get<std::string>(),
               run["probes"].get<std::size_t>());
  }
  if (out["serving"].empty() && out["known_good"].empty() &&
      out["unfinished"].empty()) {
    fmt::print("nothing on record yet\n");
  }
  return kHealthy;
}

int log(const JournalPlace& place, const std::string& only, bool json) {
  const auto journal = open_journal(place.folder());
  nlohmann::ordered_json out = {{"rung", 1}, {"command", "log"}};
  out["runs"] = nlohmann::ordered_json::array();
  for (const RunRecord& run : journal->runs()) {
    if (!only.empty() && run.run.rfind(only, 0) != 0) continue;
    nlohmann::ordered_json told = {
        {"run", run.run},
        {"command", run.command},
        {"at", when(run.started_ms)},
        {"outcome", run.ended_ms == 0 ? "unfinished" : run.outcome}};
    told["probes"] = nlohmann::ordered_json::array();
    for (const ProbeRecord& probe : journal->probes(run.run)) {
      const Observation& seen = probe.observation;
      told["probes"].push_back(
          {{"id", probe.id},
           {"label", probe.label},
           {"purpose", probe.purpose},
           {"verdict", to_string(seen.verdict)},
           {"stage", seen.failure ? to_string(seen.failure->stage) : ""},
           {"cause", seen.failure ? seen.failure->cause : ""},
           {"message", seen.failure ? seen.failure->message : ""},
           {"seconds", static_cast<double>(seen.duration.count()) / 1000}});
    }
    out["runs"].push_back(std::move(told));
  }
  if (json) {
    fmt::print("{}\n", out.dump(2, ' ', false,
                                nlohmann::json::error_handler_t::replace));
    return kHealthy;
  }
  for (const auto& run : out["runs"]) {
    fmt::print("{}  {}  {}  {}\n", run["run"].get<std::string>(),
               run["at"].get<std::string>(), run["command"].get<std::string>(),
               run["outcome"].get<std::string>());
    for (const auto& probe : run["probes"]) {
      const std::string message = probe["message"];
      fmt::print("  {:>5}  {:5}  {:7}  {:6.2f} s  {}{}\n",
                 probe["id"].get<std::int64_t>(),
                 probe["verdict"].get<std::string>(),
                 probe["purpose"].get<std::string>(),
                 probe["seconds"].get<double>(),
                 probe["label"].get<std::string>(),
                 message.empty() ? "" : ": " + message);
    }
  }
  if (out["runs"].empty()) fmt::print("no runs on record\n");
  return kHealthy;
}

int rollback(const std::string& plan, const std::string& target_name,
             const std::string& to, const Context& context) {
  const Planned planned(plan);
  const Target& target = planned.target(target_name);
  Workshop workshop(planned.subject(0, target), planned.folder());
  Served served(planned, target, workshop);
  const auto wanted = served.wanted();

  std::optional<KnownGood> chosen;
  for (const KnownGood& good : workshop.journal().known_goods(
           planned.plan().name, "", target.name)) {
    const bool matches =
        to.empty() ? !wanted || good.release_id != wanted->release
                   : good.release_id.rfind(to, 0) == 0 || good.phase == to;
    if (matches) {
      chosen = good;
      break;
    }
  }
  if (!chosen) {
    throw UsageError(fmt::format(
        "rollback: no known good {} on {}; rung status {} lists them",
        to.empty() ? "other than what serves" : "named " + to, target.name,
        plan));
  }
  Progress progress(context);
  progress.say(fmt::format("rolling back to {} ({})", chosen->phase,
                           chosen->release_id.substr(0, 10)));
  Report report;
  report.command = "rollback";
  report.plan = planned.plan().name;
  report.target = target.name;
  report.command_line = context.arguments;
  try {
    const Observation seen =
        served.serve({chosen->phase, chosen->release_id});
    report.failure = seen.failure;
    report.restored = seen.verdict == Verdict::good;
  } catch (const AbortError& error) {
    progress.say(error.what());
    report.restored = false;
  }
  report.outcome = report.restored ? Report::Outcome::healthy
                                   : Report::Outcome::broken;
  if (report.restored) {
    report.known_good =
        ReportKnownGood{chosen->phase, target.name, chosen->release_id};
  }
  report.exit = exit_code(report);
  report.next = next_step(report);
  progress.end();
  return print(report, context);
}

int serve(const std::string& plan, const std::string& target_name,
          const Context& context) {
  const Planned planned(plan);
  const Target& target = planned.target(target_name);
  Workshop workshop(planned.subject(0, target), planned.folder());
  Served served(planned, target, workshop);
  const auto wanted = served.wanted();
  if (!wanted || wanted->release.empty()) {
    throw UsageError(fmt::format(
        "serve: nothing is on record to serve on {}; rung climb {} brings it "
        "up",
        target.name, plan));
  }
  Progress progress(context);
  Report report;
  report.command = "serve";
  report.plan = planned.plan().name;
  report.target = target.name;
  report.command_line = context.arguments;
  report.restored = served.restore();
  report.notes = served.take_notes();
  report.outcome = report.restored ? Report::Outcome::healthy
                                   : Report::Outcome::broken;
  report.known_good =
      ReportKnownGood{wanted->phase, target.name, wanted->release};
  report.exit = exit_code(report);
  report.next = next_step(report);
  progress.end();
  return print(report, context);
}

int stop(const std::string& plan, const std::string& target_name, bool json) {
  const Planned planned(plan);
  const Target& target = planned.target(target_name);
  Workshop workshop(planned.subject(0, target), planned.folder());
  Served served(planned, target, workshop);
  const bool was = served.live().has_value();
  served.stop();
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

void add_status(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("status", "what serves, what is known good");
  auto place = std::make_shared<JournalPlace>();
  place->add_to(*command);
  command->add_flag("--json", context.json, "as JSON");
  command->callback([place, &context] {
    context.run = [place, &context] { return status(*place, context.json); };
  });
}

void add_log(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("log", "runs and their probes");
  auto place = std::make_shared<JournalPlace>();
  auto only = std::make_shared<std::string>();
  auto edit = std::make_shared<std::string>();
  place->add_to(*command);
  command->add_option("--run", *only, "one run, by the beginning of its id");
  command->add_option("--edit", *edit,
                      "PROBE=good|bad|skip: correct a verdict on record; rung "
                      "resume goes on from there");
  command->add_flag("--json", context.json, "as JSON");
  command->callback([=, &context] {
    context.run = [=, &context] {
      return edit->empty() ? log(*place, *only, context.json)
                           : correct_verdict(place->folder(), *edit,
                                             context.json);
    };
  });
}

void add_resume(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("resume", "go on with the run that was interrupted");
  auto place = std::make_shared<JournalPlace>();
  place->add_to(*command);
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([place, &context] {
    context.run = [place, &context] {
      return resume(place->folder(), context.json);
    };
  });
}

void add_rollback(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "rollback",
      "serve the known good before this one whole, and prove it");
  auto plan = std::make_shared<std::string>();
  auto target = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>();
  command->add_option("plan", *plan, "plan file")->required();
  command->add_option("--target", *target, "of the plan");
  command->add_option("--to", *to, "phase or release id (rung status)");
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([=, &context] {
    context.run = [=, &context] {
      return rollback(*plan, *target, *to, context);
    };
  });
}

void add_serve(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "serve", "start again what should serve, and prove it");
  auto plan = std::make_shared<std::string>();
  auto target = std::make_shared<std::string>();
  command->add_option("plan", *plan, "plan file")->required();
  command->add_option("--target", *target, "of the plan");
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([=, &context] {
    context.run = [=, &context] { return serve(*plan, *target, context); };
  });
}

void add_stop(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("stop", "stop what serves on a local target");
  auto plan = std::make_shared<std::string>();
  auto target = std::make_shared<std::string>();
  command->add_option("plan", *plan, "plan file")->required();
  command->add_option("--target", *target, "of the plan");
  command->add_flag("--json", context.json, "as JSON");
  command->callback([=, &context] {
    context.run = [=, &context] { return stop(*plan, *target, context.json); };
  });
}

}  // namespace rung
