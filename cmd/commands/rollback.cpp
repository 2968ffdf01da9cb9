#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/input/context.hpp"
#include "cmd/running/reasons.hpp"
#include "cmd/screen/progress.hpp"
#include "cmd/serving/opened_target.hpp"
#include "cmd/serving/serving_report.hpp"
#include "core/base/error.hpp"
#include "core/climbing/from_before.hpp"
#include "core/text/printable.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

std::optional<KnownGood> newest(const std::vector<KnownGood>& goods) {
  return goods.empty() ? std::nullopt : std::optional(goods.front());
}

std::optional<KnownGood> named(const std::vector<KnownGood>& goods,
                               const std::string& words) {
  const auto good =
      std::find_if(goods.begin(), goods.end(), [&](const KnownGood& one) {
        return one.release_id.starts_with(words) || one.phase == words;
      });
  return good == goods.end() ? std::nullopt : std::optional(*good);
}

bool serves(const std::optional<WantedRelease>& wanted, Served& served) {
  if (!wanted) return false;
  const auto live = served.live();
  return live && live->release_id == wanted->release;
}

/// The one before what should serve, of the same phase. If there is none, that
/// itself, unless it does serve.
std::optional<KnownGood> before(const Journal& journal, const std::string& plan,
                                const std::string& target,
                                const WantedRelease& wanted, Served& served) {
  auto good = newest(
      known_goods_before(journal, plan, wanted.phase, target, wanted.release));
  if (good) return good;
  if (serves(wanted, served)) return std::nullopt;
  return KnownGood{plan, wanted.phase, target, wanted.release, 0};
}

int rollback(const std::string& plan, const std::string& target_name,
             const std::string& to, const Context& context) {
  OpenedTarget opened(plan, target_name);
  const Target& target = opened.target;
  Served& served = opened.served;
  const Journal& journal = opened.workshop.journal();
  const std::string& name = opened.planned.plan().name;
  const auto wanted = served.wanted();
  const auto chosen =
      !to.empty() ? named(journal.known_goods(name, "", target.name), to)
      : wanted    ? before(journal, name, target.name, *wanted, served)
                  : newest(journal.known_goods(name, "", target.name));
  if (!chosen) {
    const std::string none =
        !to.empty() ? "named " + to
        : wanted ? fmt::format("of phase {} before what serves", wanted->phase)
                 : "at all";
    throw UsageError(fmt::format(
        "rollback: no known good {} on {}; rung status {} lists what there is, "
        "and --to takes any of it",
        none, target.name, shell_quoted(plan)));
  }
  Progress progress(context);
  progress.say(fmt::format("rolling back to {} ({})", chosen->phase,
                           short_id(chosen->release_id)));
  Report report = serving_report("rollback", opened.planned, target, context);
  Observation seen;
  try {
    seen = served.serve({chosen->phase, chosen->release_id});
    report.restored = seen.verdict == Verdict::good || serves(wanted, served);
  } catch (const AbortError& error) {
    progress.say(error.what());
    report.restored = false;
  }
  report.failure = seen.failure;
  const auto tell = [&](const WantedRelease& release) {
    report.known_good = known_good_of(journal, name, target.name, release);
  };
  if (seen.verdict == Verdict::good) {
    report.outcome = Report::Outcome::healthy;
    tell({chosen->phase, chosen->release_id});
  } else {
    report.outcome = Report::Outcome::broken;
    if (report.restored) tell(*wanted);
    add_changed_secrets(
        report, opened.planned.changed_secrets(journal, chosen->release_id));
  }
  return tell_serving(report, progress, context);
}

}  // namespace

void add_rollback(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "rollback",
      "serve the known good release before, of the same phase; its gates check "
      "it");
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
