#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/doctor/looks.hpp"
#include "adapters/doctor/web_look.hpp"
#include "cmd/doctor/machine_looks.hpp"
#include "cmd/doctor/plan_looks.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/input/planned.hpp"
#include "core/base/error.hpp"
#include "core/doctor/checkup.hpp"
#include "core/doctor/machine_limits.hpp"
#include "core/text/duration.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

using std::chrono::milliseconds;

struct DoctorFlags {
  JournalPlace place;
  std::string target;
  std::string timeout = "10s";
};

// Each look has a thread.
constexpr std::size_t kMostLooks = 200;

milliseconds time_limit(const std::string& text) {
  const milliseconds limit = parse_duration(text);
  if (limit < milliseconds(100) || limit > std::chrono::minutes(10)) {
    throw UsageError(fmt::format(
        "--timeout {}: give a time from 100ms to 10m", text));
  }
  return limit;
}

void cut(std::vector<Look>& looks) {
  if (looks.size() <= kMostLooks) return;
  const std::size_t more = looks.size() - kMostLooks;
  looks.resize(kMostLooks);
  looks.push_back(known_look(
      row_of("doctor", fmt::format("{} more", more), "looked at"),
      not_known(fmt::format("{} more things to look at are left out", more),
                "--target looks at one target alone")));
}

int doctor(const DoctorFlags& flags, Context& context) {
  const auto began = std::chrono::steady_clock::now();
  const milliseconds limit = time_limit(flags.timeout);
  // A look that waits for an answer gives up a little before all must end, so
  // that it can say what did not answer.
  const milliseconds each = limit - std::min(limit / 10, milliseconds(500));
  fs::path source = flags.place.folder();
  fs::path trials;
  bool must_be_pushed = false;
  std::optional<Planned> planned;
  std::optional<PlanLooks> plan;
  std::vector<Look> looks;
  start_web_looks();
  if (flags.place.is_plan()) {
    planned.emplace(flags.place.text, Planned::Secrets::when_needed);
    source = planned->plan().repo;
    trials = planned->plan().trials;
    plan.emplace(*planned, flags.target, each);
    must_be_pushed = plan->must_be_pushed();
    looks = plan->looks();
  } else if (!flags.target.empty()) {
    throw UsageError("doctor: --target needs a plan: rung doctor plan.yaml "
                     "--target " + flags.target);
  }
  std::vector<Look> usual = machine_looks(source, trials);
  for (Look& look : repository_looks(source, must_be_pushed)) {
    usual.push_back(std::move(look));
  }
  usual.push_back(tool_look({"git"}, source, source, each));
  looks.insert(looks.begin(), std::make_move_iterator(usual.begin()),
               std::make_move_iterator(usual.end()));
  cut(looks);

  // Whatever ends this command meanwhile, threads may still be at work.
  context.end_at_once = true;
  LookedAt seen = look_side_by_side(std::move(looks), limit);
  context.end_at_once = seen.some_hang;
  const Judged clock = judged_clock(seen.dates);
  seen.rows.push_back({"clock", "this machine", kClockExpected, clock.found,
                       clock.status, clock.advice});
  sort_rows(seen.rows);
  if (plan) {
    for (CheckupRow& row : seen.rows) {
      for (std::string* text :
           {&row.what, &row.expected, &row.found, &row.advice}) {
        *text = plan->redactor()(*text);
      }
    }
  }
  if (context.json) {
    fmt::print("{}\n", checkup_json(seen.rows).dump(2));
  } else {
    fmt::print("{}", checkup_text(
                         seen.rows,
                         std::chrono::duration_cast<milliseconds>(
                             std::chrono::steady_clock::now() - began)));
  }
  const bool failed = std::any_of(
      seen.rows.begin(), seen.rows.end(), [](const CheckupRow& row) {
        return row.status == RowStatus::fail;
      });
  return failed ? kBroken : kHealthy;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "doctor",
      "look at all that a plan needs: tools, credentials, addresses, services, "
      "this machine");
  auto flags = std::make_shared<DoctorFlags>();
  command->add_option("plan", flags->place.text,
                      "plan file, or a folder to look at without a plan "
                      "(default: this one)");
  command->add_option("--target", flags->target, "only this target of the plan");
  command->add_option("--timeout", flags->timeout,
                      "of all looks together, which go side by side (10s)");
  command->add_flag("--json", context.json, "as JSON");
  command->footer(
      "\nChanges nothing. Without a plan: this machine and the git repository.\n"
      "Exit 1: a row failed.");
  command->callback([flags, &context] {
    context.run = [flags, &context] { return doctor(*flags, context); };
  });
}

}  // namespace rung
