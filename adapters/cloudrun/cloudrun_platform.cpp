#include "adapters/cloudrun/cloudrun_platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "adapters/cloudrun/log.hpp"
#include "adapters/cloudrun/place.hpp"
#include "adapters/cloudrun/service.hpp"
#include "adapters/http/json_members.hpp"
#include "adapters/http/url.hpp"
#include "adapters/platform/adapter_options.hpp"
#include "adapters/platform/living_run.hpp"
#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"
#include "core/text/hex.hpp"
#include "core/text/redact.hpp"
#include "core/text/rfc3339.hpp"

namespace rung {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::chrono::hours kDead{24};

cloudrun::Shape shape_of(const AdapterOptions& options,
                         const RemoteSettings& settings) {
  cloudrun::Shape shape;
  shape.image = options.text("image");
  const std::string start = options.text("start", "release");
  if (start != "release" && start != "image") {
    throw options.wrong("start", "release or image");
  }
  shape.image_starts = start == "image";
  shape.secrets = options.below("secrets.");
  shape.secret_names = settings.secret_names;
  shape.start_deadline = std::chrono::ceil<std::chrono::seconds>(
      options.duration("start_deadline", milliseconds(0)));
  // Source: the API: a startup probe gives 240 s at most.
  if (shape.start_deadline > std::chrono::seconds(240)) {
    throw options.wrong("start_deadline", "a time of 240s at most");
  }
  shape.labels = {
      {"rung-app", cloudrun::label(settings.app)},
      {"rung-target", cloudrun::label(settings.target)},
      {"rung-run", cloudrun::label(settings.run)},
      {"rung-journal", settings.key.fingerprint().substr(0, 16)}};
  return shape;
}

/// What deployments and their platform share; a deployment may outlive it.
struct Link {
  Link(const AdapterOptions& options, Clock& clock)
      : token(cloudrun::credentials_of(options), clock),
        api(cloudrun::place_of(options), token, clock) {}
  GoogleToken token;
  CloudRunApi api;
};

class CloudRunDeployment final : public Deployment {
 public:
  CloudRunDeployment(std::shared_ptr<Link> link, std::string revision,
                     std::string url, std::uint16_t port,
                     std::map<std::string, std::string> env,
                     milliseconds interval, Clock& clock)
      : link_(std::move(link)),
        revision_(std::move(revision)),
        url_(std::move(url)),
        port_(port),
        env_(std::move(env)),
        interval_(interval),
        clock_(clock),
        started_(clock.now()),
        log_(link_->api, revision_, interval, clock) {}

  std::string url() const override { return url_; }
  std::uint16_t routed_port() const override { return port_; }
  Emulation emulates() const override { return Emulation::cloudrun; }
  bool port_checked() const override { return true; }
  const std::map<std::string, std::string>& env() const override {
    return env_;
  }
  std::optional<Exit> exited() override {
    if (gone_) return exit_;
    log_.refresh();
    return cloudrun::ended(log_.entries());
  }
  std::optional<std::vector<BoundSocket>> sockets() override {
    return std::nullopt;
  }
  std::string log() override {
    if (!gone_) log_.refresh();
    return log_.text();
  }
  void wait(std::chrono::microseconds at_most) override {
    clock_.sleep(std::min<std::chrono::microseconds>(at_most, interval_));
  }
  std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

  [[nodiscard]] const std::string& revision() const { return revision_; }
  void set_gone() {
    if (gone_) return;
    gone_ = true;
    exit_ = cloudrun::ended(log_.entries()).value_or(Exit{});
  }

 private:
  std::shared_ptr<Link> link_;
  std::string revision_, url_;
  std::uint16_t port_;
  std::map<std::string, std::string> env_;
  milliseconds interval_;
  Clock& clock_;
  Clock::Time started_;
  CloudRunLog log_;
  std::optional<Exit> exit_;
  bool gone_ = false;
};

class CloudRunPlatform final : public Platform,
                               public LivePlatform,
                               public DeployRecords {
 public:
  explicit CloudRunPlatform(const RemoteSettings& settings)
      : CloudRunPlatform(settings, cloudrun::options_from(settings.target,
                                                          settings.options)) {}

  std::string_view name() const override { return "cloudrun"; }
  Capabilities capabilities() const override {
    Capabilities can;
    can.several_trials = true;
    return can;
  }

  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) override {
    const std::string revision = new_name();
    try {
      if (auto refused = begun(revision, bundle)) {
        service_.take_away({revision});
        return std::move(*refused);
      }
      return trial(revision, bundle);
    } catch (const Error&) {
      const Uninterrupted putting_right;
      leave({revision});
      throw;
    }
  }

  void withdraw(Deployment& deployment) override {
    const Uninterrupted putting_right;
    auto& one = dynamic_cast<CloudRunDeployment&>(deployment);
    service_.take_away({one.revision()});
    one.set_gone();
  }

  std::vector<std::string> clean_up() override {
    std::vector<std::string> done;
    const json state = service_.state().read();
    const json serving = state.value("serving", json());
    if (serving.is_object() && dead(text_in(serving, "run"))) {
      service_.put_back();
      done.push_back(fmt::format("put back what served before revision {}",
                                 text_in(serving, "name")));
    }
    const std::set<std::string> left = leftovers();
    if (left.empty()) return done;
    service_.take_away(left);
    for (const std::string& name : left) {
      done.push_back(
          fmt::format("removed revision {}, left by a run that died", name));
    }
    return done;
  }

  std::optional<LiveRelease> live() override {
    const auto service = service_.read();
    if (!service) return std::nullopt;
    LiveRelease live;
    live.reference = cloudrun::serving(*service);
    if (live.reference.empty()) return std::nullopt;
    live.url = without_end_slash(text_in(*service, "uri"));
    const json state = service_.state().read();
    const json served = state.value("served", json::object())
                            .value(live.reference, json::object());
    live.release_id = text_in(served, "release");
    live.phase = text_in(served, "phase");
    if (const auto revision = link_->api.revision(live.reference)) {
      live.commit = cloudrun::commit_of(*revision);
    }
    return live;
  }

  std::unique_ptr<Deployment> attach() override {
    const auto now = live();
    const auto revision =
        now ? link_->api.revision(now->reference) : std::nullopt;
    if (!revision) {
      throw PlatformError(fmt::format(
          "reading the live release of Cloud Run service {}: no revision "
          "receives traffic",
          link_->api.place().service));
    }
    return deployment(now->reference, now->url, cloudrun::port_of(*revision),
                      cloudrun::env_of(*revision));
  }

  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override {
    if (service_.state().read().contains("serving")) service_.put_back();
    const auto before = service_.read();
    const std::string to = before ? cloudrun::serving(*before) : "";
    const std::string revision = new_name();
    const bool first = !before;
    bool promoting = false;
    const auto promise = [&] {
      service_.state().change([&](json& state) {
        state["serving"] = {{"name", revision}, {"run", run_}, {"to", to}};
        state["served"][revision] = {{"release", bundle.id},
                                     {"phase", std::string(phase)}};
        if (!first && !state["served"].contains(to) &&
            !state.contains("foreign") && state.contains("stored")) {
          state["foreign"] = {{"stored", state["stored"]}, {"to", to}};
        }
      });
      promoting = true;
    };
    const auto give_up = [&] {
      const Uninterrupted putting_right;
      if (promoting) {
        service_.put_back();
      } else {
        service_.take_away({revision});
      }
    };
    try {
      ServeResult result;
      // Nothing serves yet, so a first revision takes all traffic at once.
      if (first) promise();
      result.refused = begun(revision, bundle, first);
      if (!result.refused && !first) {
        result.serves = healthy(*trial(revision, bundle));
        if (result.serves) {
          promise();
          service_.promote(revision);
          // Healthy in itself; now the way there: domain, ingress, routing.
          result.serves = healthy(*attach());
        }
      } else if (!result.refused) {
        service_.promote(revision);
        result.serves = healthy(*attach());
      }
      if (!result.serves) {
        give_up();
        return result;
      }
      service_.settle(revision);
    } catch (...) {
      give_up();
      throw;
    }
    service_.state().change([&](json& state) {
      state.erase("serving");
      state.erase("stored");
      if (first) state["created"] = true;
      if (state.contains("trials")) {
        state["trials"].erase(revision);
        if (state["trials"].empty()) state.erase("trials");
      }
    });
    return {true, std::nullopt};
  }

  void stop() override {
    if (service_.state().read().contains("serving")) service_.put_back();
    service_.end();
  }

  std::vector<PastDeploy> past_deploys(std::size_t at_most) override {
    const auto service = service_.required();
    const std::string live = cloudrun::serving(service);
    std::vector<PastDeploy> found;
    for (const json& revision : link_->api.revisions()) {
      if (found.size() == at_most) break;
      PastDeploy deploy;
      deploy.id = cloudrun::short_name(revision.value("name", json()));
      deploy.commit = cloudrun::commit_of(revision);
      deploy.live = deploy.id == live;
      deploy.failure = failure_of(deploy.id, revision);
      deploy.at_ms = unix_ms_of(text_in(revision, "createTime")).value_or(0);
      deploy.env = cloudrun::env_of(revision);
      found.push_back(std::move(deploy));
    }
    return found;
  }

  std::map<std::string, std::string> stored_env() override {
    const json service = service_.required();
    return cloudrun::env_of(service.value("template", json::object()));
  }

  std::string log_of(const std::string& deploy_id) override {
    CloudRunLog log(link_->api, deploy_id, milliseconds(0), clock_);
    log.refresh(true);
    return log.text();
  }

 private:
  CloudRunPlatform(const RemoteSettings& settings,
                   const AdapterOptions& options)
      : shape_(shape_of(options, settings)),
        link_(std::make_shared<Link>(options, settings.clock)),
        run_(settings.run),
        state_file_(settings.state),
        interval_(options.duration("interval", std::chrono::seconds(2))),
        clock_(settings.clock),
        living_(settings.state, settings.run),
        service_(link_->api, SharedState(settings.state, settings.key),
                 settings.run,
                 {options.duration("deploy_deadline", std::chrono::minutes(15)),
                  options.duration("log_delay", std::chrono::seconds(5))},
                 settings.clock) {}

  std::string new_name() const {
    return cloudrun::trial_name(link_->api.place().service,
                                hex(random_bytes(4)));
  }

  // The name is on disk before anything of that name can be on the platform.
  std::optional<Refused> begun(const std::string& revision,
                               const Bundle& bundle, bool first = false) {
    if (!first) static_cast<void>(service_.required());
    service_.state().change([&](json& state) {
      state["trials"][revision] = {{"run", run_}};
    });
    auto refused = service_.start(revision, bundle, shape_, first);
    if (refused) {
      Redactor redact;
      redact.add(bundle.env, shape_.secret_names);
      refused->failure.message = redact(std::move(refused->failure.message));
      refused->failure.evidence = redact(std::move(refused->failure.evidence));
      refused->log = redact(std::move(refused->log));
    }
    return refused;
  }

  std::unique_ptr<CloudRunDeployment> trial(const std::string& revision,
                                            const Bundle& bundle) {
    const std::string url = service_.wait_for_url(revision);
    const auto made = link_->api.revision(revision);
    return deployment(revision, url,
                      made ? cloudrun::port_of(*made) : std::uint16_t{0},
                      bundle.env);
  }

  std::unique_ptr<CloudRunDeployment> deployment(
      const std::string& revision, const std::string& url, std::uint16_t port,
      std::map<std::string, std::string> env) {
    return std::make_unique<CloudRunDeployment>(
        link_, revision, url, port, std::move(env), interval_, clock_);
  }

  // On the way out with an error: what cannot be done now stays on record.
  void leave(const std::set<std::string>& revisions) {
    try {
      service_.take_away(revisions);
    } catch (const Error&) {
      // clean_up() of the next rung does it.
    }
  }

  [[nodiscard]] bool dead(const std::string& run) const {
    return run != run_ && !lives(state_file_, run);
  }

  std::set<std::string> leftovers() {
    std::set<std::string> left;
    const json state = service_.state().read();
    const json trials = state.value("trials", json::object());
    const json served = state.value("served", json::object());
    for (const auto& [name, trial] : trials.items()) {
      if (dead(text_in(trial, "run"))) left.insert(name);
    }
    const auto service = service_.read();
    if (!service) return left;
    // What this journal does not know of: it was lost, or another's.
    std::set<std::string> tagged;
    for (const json& target : service->value("traffic", json::array())) {
      if (target.contains("tag")) tagged.insert(text_in(target, "revision"));
    }
    const std::string live = cloudrun::serving(*service);
    for (const std::string& name : tagged) {
      if (!cloudrun::is_trial_name(link_->api.place().service, name) ||
          name == live || served.contains(name) || trials.contains(name)) {
        continue;
      }
      const auto revision = link_->api.revision(name);
      const json labels =
          revision ? revision->value("labels", json::object()) : json();
      if (!revision || text_in(labels, "rung-app") != shape_.labels["rung-app"]) {
        continue;
      }
      const bool ours =
          text_in(labels, "rung-journal") == shape_.labels["rung-journal"] &&
          dead(text_in(labels, "rung-run"));
      const auto age = milliseconds(
          clock_.unix_ms() -
          unix_ms_of(text_in(*revision, "createTime")).value_or(0));
      if (ours || age > kDead) left.insert(name);
    }
    return left;
  }

  std::optional<Failure> failure_of(const std::string& id,
                                    const json& revision) {
    const cloudrun::Judged verdict = cloudrun::judged(revision);
    using Told = cloudrun::Judged::Told;
    if (verdict.told == Told::failed) return verdict.failure;
    if (verdict.told == Told::hopeless) {
      return Failure{Stage::release, "platform-error", "", verdict.said, {}};
    }
    if (verdict.told != Told::by_log) return std::nullopt;
    CloudRunLog log(link_->api, id, milliseconds(0), clock_);
    log.refresh(true);
    return cloudrun::blamed(log.entries(), cloudrun::port_of(revision))
        .value_or(cloudrun::unexplained(verdict.said));
  }

  cloudrun::Shape shape_;
  std::shared_ptr<Link> link_;
  std::string run_;
  std::filesystem::path state_file_;
  milliseconds interval_;
  Clock& clock_;
  LivingRun living_;
  CloudRunService service_;
};

}  // namespace

std::unique_ptr<Platform> make_cloudrun_platform(
    const RemoteSettings& settings) {
  return std::make_unique<CloudRunPlatform>(settings);
}

}  // namespace rung
