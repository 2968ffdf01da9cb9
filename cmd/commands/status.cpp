#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/running/env_edits.hpp"
#include "cmd/screen/when.hpp"
#include "cmd/serving/served_target.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/climbing/from_before.hpp"
#include "core/serving/wanted_release.hpp"
#include "core/text/printable.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

/// A climb may have gone to a higher phase of the same release since it was
/// started.
std::string phase_of(const Serving& serving, Journal* journal) {
  if (journal == nullptr || serving.plan.empty()) return serving.phase;
  const auto wanted =
      WantedRecord(*journal, serving.plan, serving.target).read();
  return wanted && wanted->release == serving.release ? wanted->phase
                                                      : serving.phase;
}

nlohmann::ordered_json json_of(const KnownGood& good) {
  return {{"plan", good.plan},
          {"phase", good.phase},
          {"target", good.target},
          {"release", good.release_id},
          {"at", when(good.at_ms)}};
}

void print_goods(const char* label, const nlohmann::ordered_json& goods) {
  for (const auto& good : goods) {
    fmt::print("{:<11} {} on {}: release {} of {}\n", label,
               good["phase"].get<std::string>(),
               good["target"].get<std::string>(),
               short_id(good["release"].get<std::string>()),
               good["at"].get<std::string>());
  }
}

/// What should serve on a target that this machine does not look at, or does
/// not serve: what only the record tells.
nlohmann::ordered_json wanted_of(const KnownGood& known, Journal& journal,
                                 const Planned* planned) {
  const auto wanted = WantedRecord(journal, known.plan, known.target).read();
  if (!wanted || wanted->release.empty()) return {};
  const char* adapter = "unknown";
  if (planned != nullptr && planned->plan().name == known.plan) {
    for (const Target& target : planned->plan().targets) {
      if (target.name != known.target) continue;
      adapter = target.adapter == "local" ? "local" : "platform";
    }
  }
  return {{"plan", known.plan},
          {"target", known.target},
          {"phase", wanted->phase},
          {"release", wanted->release},
          {"where", adapter}};
}

std::string unseen(const std::string& where, const std::string& plan_file,
                   const std::string& target) {
  if (where == "platform") return "as rung left it; the platform was not asked";
  return where == "local"
             ? fmt::format("it is down: rung serve {} --target {}",
                           shell_quoted(plan_file), shell_quoted(target))
             : "rung status PLAN tells more";
}

int status(const JournalPlace& place, bool json) {
  // What serves is told even where somebody removed or damaged the journal.
  std::unique_ptr<Journal> journal;
  std::exception_ptr no_journal;
  try {
    journal = open_journal(place.folder());
  } catch (const JournalError&) {
    no_journal = std::current_exception();
  } catch (const UsageError&) {
    no_journal = std::current_exception();
  }
  nlohmann::ordered_json out = {{"rung", 1}, {"command", "status"}};
  out["known_good"] = nlohmann::ordered_json::array();
  out["earlier"] = nlohmann::ordered_json::array();
  std::set<std::string> seen;
  std::map<std::string, KnownGood> targets;  ///< one of each
  const auto known =
      journal ? journal->known_goods("", "", "") : std::vector<KnownGood>();
  for (const KnownGood& good : known) {
    if (!seen.insert(good.plan + '\0' + good.phase + '\0' + good.target)
             .second) {
      continue;  // newest first: older ones of the same place
    }
    out["known_good"].push_back(json_of(good));
    targets.try_emplace(good.plan + '\0' + good.target, good);
    for (const KnownGood& earlier : known_goods_before(
             *journal, good.plan, good.phase, good.target, good.release_id)) {
      out["earlier"].push_back(json_of(earlier));
    }
  }
  out["serving"] = nlohmann::ordered_json::array();
  out["lost"] = nlohmann::ordered_json::array();
  std::optional<Planned> planned;
  if (place.is_plan())
    planned.emplace(place.text, Planned::Secrets::when_needed);
  std::vector<std::string> elsewhere;  ///< targets that the plan has not
  std::set<std::string> looked_at;
  for (const LiveTarget& live :
       live_targets(place.folder(), planned ? &*planned : nullptr)) {
    const Serving& serving = live.serving;
    looked_at.insert(serving.target);
    if (!live.serves) {
      if (!live.in_plan) continue;
      out["lost"].push_back(
          {{"target", serving.target},
           {"phase", serving.phase},
           {"release", serving.release},
           {"plan_file", planned                     ? place.text
                         : serving.plan_file.empty() ? "PLAN"
                                                     : serving.plan_file},
           {"ended", serving.exit.has_value()}});
      continue;
    }
    if (!live.in_plan) elsewhere.push_back(serving.target);
    out["serving"].push_back({{"target", serving.target},
                              {"phase", phase_of(serving, journal.get())},
                              {"release", serving.release},
                              {"url", serving.url},
                              {"since", when(serving.since_ms)}});
    if (!serving.plan.empty()) out["serving"].back()["plan"] = serving.plan;
  }
  out["wanted"] = nlohmann::ordered_json::array();
  for (const auto& [unused, good] : targets) {
    if (looked_at.count(good.target) > 0) continue;
    auto wanted = wanted_of(good, *journal, planned ? &*planned : nullptr);
    if (!wanted.empty()) out["wanted"].push_back(std::move(wanted));
  }
  if (no_journal && out["serving"].empty() && out["lost"].empty()) {
    std::rethrow_exception(no_journal);
  }
  out["unfinished"] = nlohmann::ordered_json::array();
  for (const RunRecord& run :
       journal ? journal->runs() : std::vector<RunRecord>()) {
    if (run.ended_ms != 0) continue;
    out["unfinished"].push_back({{"run", run.run},
                                 {"command", run.command},
                                 {"since", when(run.started_ms)},
                                 {"probes", journal->probes(run.run).size()}});
  }
  out["unfinished_edits"] = nlohmann::ordered_json::array();
  for (const EnvCopies& copies : env_copies(place.folder())) {
    if (!copies.unfinished()) continue;
    out["unfinished_edits"].push_back(told_of_unfinished(copies));
  }
  if (json) {
    fmt::print("{}\n", out.dump(2, ' ', false,
                                nlohmann::json::error_handler_t::replace));
    return kHealthy;
  }
  for (const auto& live : out["serving"]) {
    fmt::print(
        "serving     {} on {}: release {} at {} since {}\n",
        live["phase"].get<std::string>(), live["target"].get<std::string>(),
        short_id(live["release"].get<std::string>()),
        live["url"].get<std::string>(), live["since"].get<std::string>());
  }
  for (const std::string& target : elsewhere) {
    fmt::print(
        "            the plan has no target {} now: rung stop {} "
        "--target {}\n",
        target, place.text, target);
  }
  for (const auto& lost : out["lost"]) {
    const std::string target = lost["target"];
    fmt::print(
        "lost        {} on {}: release {} was serving, {}: rung serve "
        "{} --target {}\n",
        lost["phase"].get<std::string>(), target,
        short_id(lost["release"].get<std::string>()),
        lost["ended"].get<bool>() ? "it has ended" : "its supervisor is gone",
        lost["plan_file"].get<std::string>(), target);
  }
  for (const auto& wanted : out["wanted"]) {
    const std::string target = wanted["target"];
    fmt::print("wanted      {} on {}: release {}, {}\n",
               wanted["phase"].get<std::string>(), target,
               short_id(wanted["release"].get<std::string>()),
               unseen(wanted["where"], place.text, target));
  }
  if (out["serving"].empty() && out["lost"].empty() && out["wanted"].empty() &&
      !out["known_good"].empty()) {
    fmt::print("serving     nothing on this machine\n");
  }
  print_goods("known good", out["known_good"]);
  print_goods("earlier", out["earlier"]);
  for (const auto& run : out["unfinished"]) {
    fmt::print("unfinished  {} since {}, {} probes on record: rung resume\n",
               run["command"].get<std::string>(),
               run["since"].get<std::string>(),
               run["probes"].get<std::size_t>());
  }
  for (const auto& lines : out["unfinished_edits"]) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      fmt::print("{:12}{}\n", i == 0 ? "unfinished" : "",
                 lines[i].get<std::string>());
    }
  }
  if (out["serving"].empty() && out["known_good"].empty() &&
      out["unfinished"].empty() && out["unfinished_edits"].empty()) {
    fmt::print("nothing on record yet\n");
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

}  // namespace rung
