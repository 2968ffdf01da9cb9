#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/running/correct.hpp"
#include "cmd/screen/when.hpp"
#include "cmd/workshop/workshop.hpp"

namespace rung {
namespace {

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
           {"purpose", to_string(probe.purpose)},
           {"verdict", to_string(seen.verdict)},
           {"stage", seen.failure ? to_string(seen.failure->stage) : ""},
           {"cause", seen.failure ? seen.failure->cause : ""},
           {"message", seen.failure ? found_and_likely(*seen.failure) : ""},
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

}  // namespace

void add_log(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("log", "runs and their probes");
  auto place = std::make_shared<JournalPlace>();
  auto only = std::make_shared<std::string>();
  auto edit = std::make_shared<std::string>();
  place->add_to(*command);
  command->add_option("--run", *only, "one run, by the beginning of its id");
  command->add_option("--edit", *edit,
                      "PROBE=good|bad|skip: correct a verdict on record; rung "
                      "resume continues from there");
  command->add_flag("--json", context.json, "as JSON");
  command->callback([=, &context] {
    context.run = [=, &context] {
      return edit->empty() ? log(*place, *only, context.json)
                           : correct_verdict(place->folder(), *edit,
                                             context.json);
    };
  });
}

}  // namespace rung
