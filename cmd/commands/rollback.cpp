#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "cmd/input/context.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/serving/opened_target.hpp"
#include "cmd/serving/serving_report.hpp"
#include "core/base/error.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

int rollback(const std::string& plan, const std::string& target_name,
             const std::string& to, const Context& context) {
  OpenedTarget opened(plan, target_name);
  const Target& target = opened.target;
  Served& served = opened.served;
  const auto wanted = served.wanted();

  std::optional<KnownGood> chosen;
  for (const KnownGood& good : opened.workshop.journal().known_goods(
           opened.planned.plan().name, "", target.name)) {
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
                           short_id(chosen->release_id)));
  Report report = serving_report("rollback", opened.planned, target, context);
  try {
    const Observation seen =
        served.serve({chosen->phase, chosen->release_id});
    report.failure = seen.failure;
    report.restored = seen.verdict == Verdict::good;
  } catch (const AbortError& error) {
    progress.say(error.what());
    report.restored = false;
  }
  if (report.restored) {
    report.known_good =
        ReportKnownGood{chosen->phase, target.name, chosen->release_id};
  }
  return tell_serving(report, progress, context);
}

}  // namespace

void add_rollback(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "rollback", "serve the previous known good release; its gates check it");
  auto plan = std::make_shared<std::string>();
  auto target = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>();
  command->add_option("plan", *plan, "plan file")->required();
  command->add_option("--target", *target, "target of the plan");
  command->add_option("--to", *to, "phase or release id (rung status)");
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([=, &context] {
    context.run = [=, &context] {
      return rollback(*plan, *target, *to, context);
    };
  });
}

}  // namespace rung
