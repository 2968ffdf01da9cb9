#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "adapters/checkout/trial_cache.hpp"
#include "adapters/gates/health_checks.hpp"
#include "adapters/local/local_platform.hpp"
#include "adapters/local/redacted_log.hpp"
#include "adapters/local/services.hpp"
#include "adapters/process/interruption.hpp"
#include "adapters/process/system_clock.hpp"
#include "adapters/process/tree.hpp"
#include "adapters/process/written_file.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/serving/served_target.hpp"
#include "cmd/workshop/deploy_prober.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"
#include "core/text/redact.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

struct SuperviseOptions {
  std::string plan, phase, release, target;
  int wanted_by = 0;
};

void record(const Supervisor& live, const nlohmann::json& state) {
  if (replace_file(live.state_file(), state.dump())) return;
  throw AbortError(fmt::format("writing {}: {}", live.state_file().string(),
                               std::strerror(errno)));
}

// False: it cannot be done, and what serves has to do without.
bool revive(Services& services) {
  try {
    services.revive();
    return true;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    fmt::print(stderr, "rung: {}\n", error.what());
    return false;
  }
}

// `git clean -fdx` takes the record away, and then nobody would know what
// serves nor how to stop it. With the plan itself gone, nobody wants to.
void stay_on_record(const Supervisor& live, const Planned& planned,
                    const nlohmann::json& state) {
  std::error_code error;
  if (fs::exists(live.state_file(), error) || error ||
      !fs::exists(planned.plan().file, error)) {
    return;
  }
  fs::create_directories(live.folder(), error);
  if (error) return;
  fs::permissions(live.folder().parent_path(), fs::perms::owner_all, error);
  live.become_supervisor();  // ends this one if another has taken its place
  try {
    record(live, state);
  } catch (const std::exception&) {
    // a full disk: what serves goes on, and in a second this is tried again
  }
}

int run_supervise(const SuperviseOptions& options) {
  // Whoever looks knows what serves as a descendant of this process: it stays
  // one when somebody kills the launcher between the two.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Planned planned(options.plan);
  const Target& target = planned.target(options.target);
  const std::size_t phase = planned.phase(options.phase);
  const Supervisor live = supervisor_of(planned, target);
  live.become_supervisor();
  // From here on whoever comes finds this process and can stop it. Before, it
  // was known to one rung only; had that been killed, nobody would want it.
  if (options.wanted_by != 0 && started_at(options.wanted_by) == 0) {
    throw AbortError("the rung that wanted this served is gone");
  }
  const auto journal = open_journal(planned.folder());
  const auto release = planned.kept(*journal, options.release);
  if (!release) {
    throw UsageError(
        fmt::format("release {}: not in the journal", options.release));
  }

  const Subject subject = planned.subject(phase, target);
  SystemClock clock;
  const MakeHealthCheck make_check = [&](const Gate& gate) {
    return make_health_check(gate, planned.folder());
  };
  // Its data stays from one release to the next, as a database's would.
  Services services(live.folder() / "services", planned.folder(), make_check,
                    clock, Services::Data::kept);
  services.require(subject.services);

  const TrialPlace place =
      trial_place(subject.trials, subject.state, subject.repo);
  LocalSettings settings =
      local_settings(subject, place.folder / ("live-" + target.name));
  settings.build.stays = true;
  settings.build.hash_key = journal->keyed_hash("builds");
  std::optional<GitHistory> history;
  if (subject.has_history) history.emplace(subject.repo);
  const Bundle bundle = deployable(
      *release, options.release, subject, services.addresses(),
      files_of(*release, subject, place.folder, history ? &*history : nullptr));
  if (const auto digest = release->config.find(kFolderKey);
      digest != release->config.end()) {
    FolderCopies(plain_folder(subject), place.folder)
        .pin("live-" + target.name, digest->second);
  }
  Redactor redact;
  redact.add(bundle.env, subject.secret_names);
  const RedactedLog log(live.log_file(), std::move(redact));
  settings.log_file = log.entry();
  LocalPlatform platform(std::move(settings));
  auto answer = platform.deploy(bundle);
  if (const auto* refused = std::get_if<Refused>(&answer)) {
    throw AbortError(refused->failure.message);
  }
  Deployment& deployment = *std::get<std::unique_ptr<Deployment>>(answer);
  const pid_t keeper = platform.keeper_of(deployment);
  nlohmann::json state = {{"pid", getpid()},
                          {"pid_started", started_at(getpid())},
                          {"keeper", keeper},
                          {"keeper_started", started_at(keeper)},
                          {"release", options.release},
                          {"phase", planned.plan().phases[phase].name},
                          {"target", target.name},
                          {"plan", planned.plan().name},
                          {"plan_file", planned.plan().file.string()},
                          {"port", deployment.routed_port()},
                          {"url", deployment.url()},
                          {"addresses", services.addresses()},
                          {"since_ms", clock.unix_ms()}};
  record(live, state);
  try {
    bool revives = !subject.services.empty();
    while (!deployment.exited()) {
      deployment.wait(std::chrono::seconds(1));
      if (revives) revives = revive(services);
      stay_on_record(live, planned, state);
    }
    // Without it whoever looks takes this process for killed.
    const Exit exit = *deployment.exited();
    state["exit"] = {{"code", exit.code},
                     {"signal", exit.signal},
                     {"oom", exit.oom}};
    record(live, state);
  } catch (const Interrupted&) {
    Interruption::clear();  // SIGTERM: what follows is the clean end
  }
  platform.withdraw(deployment);
  return kHealthy;
}

}  // namespace

void add_supervise(CLI::App& app, Context& context) {
  // For rung itself: the supervisor of what serves locally.
  auto* command = app.add_subcommand("supervise")->group("");
  auto options = std::make_shared<SuperviseOptions>();
  command->add_option("plan", options->plan)->required();
  command->add_option("--phase", options->phase)->required();
  command->add_option("--release", options->release)->required();
  command->add_option("--target", options->target)->required();
  command->add_option("--for", options->wanted_by, "pid of that rung");
  command->callback([options, &context] {
    context.run = [options] { return run_supervise(*options); };
  });
}

}  // namespace rung
