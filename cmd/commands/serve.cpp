#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cmd/input/context.hpp"
#include "cmd/running/reasons.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/serving/opened_target.hpp"
#include "cmd/serving/serving_report.hpp"
#include "cmd/serving/with_room.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

int serve(const std::string& plan, const std::string& target_name,
          const Context& context) {
  OpenedTarget opened(plan, target_name);
  const Target& target = opened.target;
  Served& served = opened.served;
  const auto wanted = served.wanted();
  if (!wanted || wanted->release.empty()) {
    throw UsageError(fmt::format(
        "serve: nothing is on record to serve on {}; rung climb {} brings it "
        "up",
        target.name, plan));
  }
  Progress progress(context);
  Report report = serving_report("serve", opened.planned, target, context);
  report.restored = served.restore();
  add_notes(report, served);
  const Journal& journal = opened.workshop.journal();
  const std::string& name = opened.planned.plan().name;
  report.known_good = known_good_of(journal, name, target.name, *wanted);
  report.outcome =
      report.restored ? Report::Outcome::healthy : Report::Outcome::broken;
  if (!report.restored) {
    add_changed_secrets(
        report, opened.planned.changed_secrets(journal, wanted->release));
  }
  return tell_serving(report, progress, context);
}

}  // namespace

void add_serve(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "serve", "start the last served release again; its gates check it");
  auto plan = std::make_shared<std::string>();
  auto target = std::make_shared<std::string>();
  command->add_option("plan", *plan, "plan file")->required();
  command->add_option("--target", *target, "target of the plan");
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([=, &context] {
    context.run = [=, &context] { return serve(*plan, *target, context); };
  });
}

}  // namespace rung
