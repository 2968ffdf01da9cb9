#include "cmd/serving/serving_report.hpp"

#include "cmd/input/planned.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/progress.hpp"

namespace rung {

Report serving_report(std::string_view command, const Planned& planned,
                      const Target& target, const Context& context) {
  Report report;
  report.command = command;
  report.plan = planned.plan().name;
  report.target = target.name;
  report.command_line = context.arguments;
  return report;
}

int tell_serving(Report& report, Progress& progress, const Context& context) {
  report.outcome = report.restored ? Report::Outcome::healthy
                                   : Report::Outcome::broken;
  report.exit = exit_code(report);
  report.next = next_step(report);
  progress.end();
  return print(report, context);
}

}  // namespace rung
