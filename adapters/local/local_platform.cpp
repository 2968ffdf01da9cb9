#include "adapters/local/local_platform.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "adapters/checkout/trial_cache.hpp"
#include "adapters/gates/who_answers.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/sockets.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/base/error.hpp"
#include "core/text/port_number.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

class LocalDeployment final : public Deployment {
 public:
  LocalDeployment(Process process, fs::path folder, fs::path temporary,
                  LocalContract contract, Emulation emulate)
      : process_(std::move(process)),
        folder_(std::move(folder)),
        temporary_(std::move(temporary)),
        contract_(std::move(contract)),
        emulate_(emulate) {}

  std::string url() const override {
    return contract_.port == 0
               ? std::string()
               : fmt::format("http://127.0.0.1:{}", contract_.port);
  }
  std::uint16_t routed_port() const override { return contract_.port; }
  Emulation emulates() const override { return emulate_; }
  const std::map<std::string, std::string>& env() const override {
    return contract_.env;
  }
  std::optional<Exit> exited() override { return process_.exited(); }
  std::optional<std::vector<BoundSocket>> sockets() override {
    return listening_sockets(process_.tree());
  }
  std::optional<std::vector<PortListener>> listeners(
      std::uint16_t port) override {
    return port_listeners(port, [this] { return process_.tree(); });
  }
  std::string log() override { return process_.log(); }
  void wait(std::chrono::microseconds at_most) override {
    process_.wait(at_most);
  }
  std::chrono::steady_clock::time_point started() const override {
    return process_.started();
  }

  void stop() { process_.stop(); }
  [[nodiscard]] pid_t keeper() const { return process_.keeper(); }
  [[nodiscard]] const fs::path& folder() const { return folder_; }
  [[nodiscard]] const fs::path& temporary() const { return temporary_; }

 private:
  Process process_;
  fs::path folder_, temporary_;
  LocalContract contract_;
  Emulation emulate_;
};

Refused could_not_execute(const CannotExecute& error) {
  Refused refused;
  // The command is a shell's, so it is the environment that is too long.
  const bool too_long = error.error() == E2BIG;
  refused.failure.stage = too_long ? Stage::release : Stage::start;
  refused.failure.cause = too_long ? "bad-env-value" : "command-not-found";
  refused.failure.message = error.what();
  return refused;
}

}  // namespace

LocalContract contract(const LocalSettings& settings,
                       const std::map<std::string, std::string>& env,
                       const std::function<std::uint16_t()>& free_port) {
  LocalContract result;
  result.env = env;
  const auto stored = env.find("PORT");
  const auto stored_port =
      stored == env.end() ? std::nullopt : port_number(stored->second);

  result.port = settings.port;
  if (result.port == 0 && settings.emulate != Emulation::cloudrun &&
      stored_port) {
    result.port = *stored_port;  // Render routes to what a stored PORT says
  }
  if (result.port == 0) result.port = free_port();

  // Source: Cloud Run's container contract: PORT is set by the platform and
  // reserved; a service that sets it itself is refused.
  if (settings.emulate == Emulation::cloudrun && stored != env.end() &&
      stored_port != result.port) {
    Failure failure;
    failure.stage = Stage::release;
    failure.cause = "bad-env-value";
    failure.evidence = "PORT";
    failure.message =
        "PORT is reserved: Cloud Run sets it to the container port itself";
    result.refused = std::move(failure);
  }
  const bool inject = settings.inject_port.value_or(
      settings.emulate != Emulation::none || settings.port == 0);
  if (inject && stored == env.end()) {
    result.env["PORT"] = std::to_string(result.port);
  }
  return result;
}

void require_free_port(std::uint16_t port) {
  // A trial of a rung that was killed a moment ago is about to be gone.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  SystemClock clock;
  while (port != 0 && !port_free(port)) {
    if (std::chrono::steady_clock::now() >= until) break;
    clock.sleep(std::chrono::milliseconds(5));
  }
  if (port == 0 || port_free(port)) return;
  throw AbortError(describe_port_in_use(port) +
                   "; stop that program, or give the target another port");
}

struct LocalPlatform::State {
  LocalSettings settings;
  LocalBuilds builds;
  std::uint64_t trials = 0;

  explicit State(LocalSettings s)
      : settings(std::move(s)), builds(settings.build) {}
};

LocalPlatform::LocalPlatform(LocalSettings settings)
    : state_(std::make_unique<State>(std::move(settings))) {}
LocalPlatform::~LocalPlatform() = default;

Capabilities LocalPlatform::capabilities() const {
  Capabilities can;
  can.several_trials = state_->settings.port == 0;
  can.log_is_whole_at_the_end = true;
  return can;
}

LocalBuilds& LocalPlatform::builds() { return state_->builds; }

std::variant<std::unique_ptr<Deployment>, Refused> LocalPlatform::deploy(
    const Bundle& bundle) {
  LocalContract agreed = contract(state_->settings, bundle.env, free_port);
  if (agreed.refused) return Refused{*agreed.refused, ""};
  auto prepared = state_->builds.prepare(bundle);
  if (auto* refused = std::get_if<Refused>(&prepared)) {
    return std::move(*refused);
  }
  const Stand stand = std::get<Stand>(prepared);
  const fs::path& folder = stand.folder;
  const auto start = bundle.release.config.find("start");
  if (start == bundle.release.config.end() || start->second.empty()) {
    Failure failure;
    failure.stage = Stage::start;
    failure.cause = "missing-start-command";
    failure.message = "the release has no start command";
    return Refused{failure, ""};
  }
  require_free_port(agreed.port);

  const fs::path temporary =
      state_->settings.build.work / "tmp" / std::to_string(++state_->trials);
  std::error_code error;
  fs::remove_all(temporary, error);
  fs::create_directories(temporary, error);
  if (error) {
    throw AbortError(fmt::format("making {}: {}", temporary.string(),
                                 error.message()));
  }
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", start->second};
  spec.cwd = folder;
  spec.env = environment_of(state_->builds.surroundings(stand, temporary));
  spec.log_file = state_->settings.log_file;
  for (const auto& [name, value] : agreed.env) spec.env[name] = value;
  try {
    return std::make_unique<LocalDeployment>(Process::start(spec), folder,
                                             temporary, std::move(agreed),
                                             state_->settings.emulate);
  } catch (const CannotExecute& cannot) {
    return could_not_execute(cannot);
  }
}

pid_t LocalPlatform::keeper_of(const Deployment& deployment) {
  return dynamic_cast<const LocalDeployment&>(deployment).keeper();
}

void LocalPlatform::withdraw(Deployment& deployment) {
  auto& local = dynamic_cast<LocalDeployment&>(deployment);
  local.stop();
  remove_whole(local.temporary());
  state_->builds.clean(local.folder());
}

}  // namespace rung
