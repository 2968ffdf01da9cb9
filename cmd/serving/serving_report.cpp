#include "cmd/serving/serving_report.hpp"

#include "cmd/input/planned.hpp"
#include "cmd/screen/output.hpp"
#include "cmd/screen/progress.hpp"
#include "core/model/journal.hpp"
#include "core/serving/wanted_release.hpp"

namespace rung {

ReportKnownGood known_good_of(const Journal& journal, const std::string& plan,
                              const std::string& target,
                              const WantedRelease& wanted) {
  const auto goods = journal.known_goods(plan, wanted.phase, target);
  return {wanted.phase, target, wanted.release,
          goods.empty() || goods.front().release_id == wanted.release};
}

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
  report.exit = exit_code(report);
  report.next = next_step(report);
  progress.end();
  return print(report, context);
}

}  // namespace rung
