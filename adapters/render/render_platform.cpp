#include "adapters/render/render_platform.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/git/history.hpp"
#include "adapters/process/interruption.hpp"
#include "adapters/render/api.hpp"
#include "adapters/render/deploying.hpp"
#include "adapters/render/live_service.hpp"
#include "adapters/render/options.hpp"
#include "adapters/render/release.hpp"
#include "adapters/render/running_deploy.hpp"
#include "adapters/render/state.hpp"
#include "adapters/render/trial_service.hpp"
#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"

namespace rung {
namespace render {
namespace {

void require_commit(const Bundle& bundle) {
  if (!bundle.release.commit.hex.empty()) return;
  throw AbortError(
      "deploying to Render: it deploys commits of a repository, and this "
      "release has none; commit the files first");
}

void require_fit(const Service& service) {
  const auto unfit = [&](std::string_view what) {
    throw AbortError(fmt::format(
        "deploying to {} on Render: {}", service.name, what));
  };
  if (service.type != "web_service") {
    unfit("it is not a web service, the only kind rung can deploy there");
  }
  if (service.runtime == "image") {
    unfit("it runs an image; rung deploys commits of a repository");
  }
}

class RenderPlatform final : public Platform,
                             public LivePlatform,
                             public DeployRecords {
 public:
  explicit RenderPlatform(const RemoteSettings& settings)
      : options_(options_from(settings.target, settings.options)),
        build_(settings.build),
        secrets_(settings.secret_names),
        clock_(settings.clock),
        file_(settings.state, settings.key),
        state_(read_state(file_)),
        api_(options_.base_url, options_.token_env, clock_),
        deploying_(api_, options_, clock_),
        live_(api_, deploying_, file_, state_, options_, clock_),
        trials_(api_, deploying_, file_, state_, options_, settings.run,
                clock_) {}
  RenderPlatform(const RenderPlatform&) = delete;
  RenderPlatform& operator=(const RenderPlatform&) = delete;
  ~RenderPlatform() override;

  std::string_view name() const override { return "render"; }
  Capabilities capabilities() const override {
    return {};
  }
  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) override;
  void withdraw(Deployment& deployment) override;
  std::vector<std::string> clean_up() override;

  std::optional<LiveRelease> live() override;
  std::unique_ptr<Deployment> attach() override;
  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override;
  void stop() override;

  std::vector<PastDeploy> past_deploys(std::size_t at_most) override;
  std::map<std::string, std::string> stored_env() override;
  std::string log_of(const std::string& deploy_id) override;

 private:
  using Answer = std::variant<std::unique_ptr<Deployment>, Refused>;

  Service service() { return api_.service(options_.service); }
  std::optional<Deploy> live_deploy(const Service& of) {
    const auto live = api_.deploys(of.id, 1, "live");
    return live.empty() ? std::nullopt : std::optional(live.front());
  }
  /// With its groups' variables.
  Env env_of(const Service& of);
  Files files_of(const Bundle& bundle);
  Details details_for(const Bundle& bundle, const Service& live,
                      Details from) {
    return details_of(bundle, from, live.runtime, build_.path,
                      files_of(bundle), secrets_);
  }
  std::unique_ptr<RunningDeploy> running(const Service& of, Deploy deploy,
                                         Env env) {
    return std::make_unique<RunningDeploy>(api_, clock_, of, std::move(deploy),
                                           std::move(env), options_.poll);
  }
  Answer try_beside(const Bundle& bundle, const Service& live);
  Answer try_in_place(const Bundle& bundle, const Service& live);

  Options options_;
  BuildSettings build_;
  std::set<std::string> secrets_;
  Clock& clock_;
  StateFile file_;
  State state_;
  Api api_;
  Deploying deploying_;
  LiveService live_;
  TrialService trials_;
};

RenderPlatform::~RenderPlatform() {
  const Uninterrupted putting_back;
  // What cannot be done now is on disk: the next clean_up() does it.
  const auto try_to = [](auto&& action) {
    try {
      action();
    } catch (const std::exception&) {
    }
  };
  try_to([&] { live_.restore(); });
  try_to([&] { trials_.remove(); });
  try_to([&] { live_.release_auto_deploy(); });
}

// What stands in the commit already needs no writing.
Files RenderPlatform::files_of(const Bundle& bundle) {
  Files files = bundle.files;
  if (files.empty() || !build_.has_history) return files;
  const GitHistory history(build_.source);
  const std::string folder = build_.path.empty() ? "" : build_.path + "/";
  std::erase_if(files, [&](const auto& file) {
    return history.read_file(bundle.release.commit, folder + file.first) ==
           file.second;
  });
  return files;
}

std::variant<std::unique_ptr<Deployment>, Refused> RenderPlatform::deploy(
    const Bundle& bundle) {
  require_commit(bundle);
  const Service live = service();
  require_fit(live);
  return options_.in_place ? try_in_place(bundle, live)
                           : try_beside(bundle, live);
}

RenderPlatform::Answer RenderPlatform::try_beside(const Bundle& bundle,
                                                  const Service& live) {
  Details from = live.details;
  from.pre_deploy.clear();  // it would change what the live service uses
  const Details details = details_for(bundle, live, std::move(from));
  live_.hold_auto_deploy(live);
  Service trial = trials_.like(live);
  if (auto refused = trials_.configure(trial, details, bundle.env)) {
    return *std::move(refused);
  }
  const auto known = deploying_.quiet(trial.id, InFlight::canceled);
  auto answer = deploying_.trigger(trial, bundle.release.commit.hex, known);
  if (auto* refused = std::get_if<Refused>(&answer)) {
    return std::move(*refused);
  }
  Deploy deploy =
      deploying_.wait(trial.id, std::get<std::string>(answer));
  if (auto refused = deploying_.outcome(trial, deploy)) {
    return *std::move(refused);
  }
  return running(trial, std::move(deploy), bundle.env);
}

RenderPlatform::Answer RenderPlatform::try_in_place(const Bundle& bundle,
                                                    const Service& live) {
  if (state_.live) live_.restore();  // a trial that was never withdrawn
  const Details details = details_for(bundle, live, live.details);
  try {
    auto answer = live_.change(live, details, bundle.env,
                               bundle.release.commit.hex);
    if (auto* refused = std::get_if<Refused>(&answer)) {
      return std::move(*refused);
    }
    return running(live, std::get<Deploy>(std::move(answer)), bundle.env);
  } catch (...) {
    const Uninterrupted putting_back;
    live_.restore();
    throw;
  }
}

void RenderPlatform::withdraw(Deployment& deployment) {
  auto& deploy = dynamic_cast<RunningDeploy&>(deployment);
  deploy.withdrawn();
  // A copy stays for the next trial: it serves nobody.
  if (!options_.in_place || !state_.live) return;
  const auto& ours = state_.live->deploys;
  if (std::find(ours.begin(), ours.end(), deploy.deploy().id) == ours.end()) {
    return;
  }
  const Uninterrupted putting_back;
  live_.restore();
}

std::vector<std::string> RenderPlatform::clean_up() {
  std::vector<std::string> done = live_.restore();
  if (state_.trial && !trials_.ours()) {
    const std::string trial = state_.trial->name;
    if (trials_.remove()) done.push_back("removed service " + trial);
  }
  if (state_.auto_deploy_off && !trials_.ours()) {
    const std::string of = state_.service;
    live_.release_auto_deploy();
    done.push_back("switched auto-deploy of " + of + " on again");
  }
  return done;
}

std::optional<LiveRelease> RenderPlatform::live() {
  const Service of = service();
  const auto deploy = live_deploy(of);
  if (!deploy || of.suspended) return std::nullopt;
  LiveRelease live;
  live.reference = deploy->id;
  live.url = of.url;
  live.commit = deploy->commit;
  if (state_.served && state_.served->deploy == deploy->id) {
    live.release_id = state_.served->release;
    live.phase = state_.served->phase;
  }
  return live;
}

std::unique_ptr<Deployment> RenderPlatform::attach() {
  const Service of = service();
  const auto deploy = live_deploy(of);
  if (!deploy || of.suspended) {
    throw PlatformError(
        fmt::format("reading the live release of {}: {}", of.name,
                    of.crash_looping ? "Render suspended it: it kept crashing"
                    : of.suspended   ? "it is suspended"
                                     : "it has no live deploy"));
  }
  return running(of, *deploy, env_of(of));
}

ServeResult RenderPlatform::serve(
    const Bundle& bundle, std::string_view phase,
    const std::function<bool(Deployment&)>& healthy) {
  require_commit(bundle);
  Service of = service();
  require_fit(of);
  if (state_.live) {
    live_.restore();
    of = service();
  }
  const Details details = details_for(bundle, of, of.details);
  try {
    auto answer =
        live_.change(of, details, bundle.env, bundle.release.commit.hex);
    if (auto* refused = std::get_if<Refused>(&answer)) {
      return {false, std::move(*refused)};
    }
    const auto deployment =
        running(of, std::get<Deploy>(std::move(answer)), bundle.env);
    if (healthy(*deployment)) {
      live_.keep({deployment->deploy().id, bundle.id, std::string(phase)});
      return {true, std::nullopt};
    }
  } catch (...) {
    const Uninterrupted putting_back;
    live_.restore();
    throw;
  }
  const Uninterrupted putting_back;
  live_.restore();
  return {};
}

void RenderPlatform::stop() {
  if (!state_.served) return;
  const Service of = service();
  const auto deploy = live_deploy(of);
  if (deploy && deploy->id == state_.served->deploy) api_.suspend(of.id);
  state_.served.reset();
  write_state(file_, state_);
}

std::vector<PastDeploy> RenderPlatform::past_deploys(std::size_t at_most) {
  const Service of = service();
  std::vector<PastDeploy> past;
  for (const Deploy& deploy : api_.deploys(of.id, at_most)) {
    PastDeploy& one = past.emplace_back();
    one.id = deploy.id;
    one.commit = deploy.commit;
    one.live = deploy.status == "live";
    one.at_ms = deploy.created_ms;
    if (deploy.in_flight() || deploy.status == "live" ||
        deploy.status == "deactivated") {
      continue;
    }
    try {
      const auto refused = deploying_.outcome(of, deploy);
      if (refused) one.failure = refused->failure;
    } catch (const PlatformError&) {
      // Not its release's fault: it says nothing.
    } catch (const AbortError&) {
    }
  }
  return past;
}

std::map<std::string, std::string> RenderPlatform::stored_env() {
  return env_of(service());
}

Env RenderPlatform::env_of(const Service& of) {
  Env env = api_.group_env(of);
  for (auto& [name, value] : api_.env(of.id)) env[name] = value;
  return env;
}

std::string RenderPlatform::log_of(const std::string& deploy_id) {
  const Service of = service();
  const auto deploy = api_.deploy(of.id, deploy_id);
  if (!deploy) {
    throw PlatformError(fmt::format(
        "reading the log of deploy {} of {}: there is no such deploy",
        deploy_id, of.name));
  }
  return deploying_.log_of(of, *deploy);
}

}  // namespace
}  // namespace render

std::unique_ptr<Platform> make_render_platform(const RemoteSettings& settings) {
  return std::make_unique<render::RenderPlatform>(settings);
}

}  // namespace rung
