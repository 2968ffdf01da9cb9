#include "adapters/docker/swarm_platform.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <thread>

#include "adapters/docker/context.hpp"
#include "adapters/docker/deployment.hpp"
#include "adapters/docker/swarm.hpp"
#include "adapters/process/interruption.hpp"
#include "adapters/process/sockets.hpp"
#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"
#include "core/text/port_number.hpp"
#include "core/text/rfc3339.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using nlohmann::json;

constexpr const char* kAccepted = "rung.accepted";  ///< yes | no

void pause_for(std::chrono::microseconds time) {
  Interruption::check();
  const timespec limit{time.count() / 1'000'000,
                       time.count() % 1'000'000 * 1000};
  pollfd wish{Interruption::fd(), POLLIN, 0};
  ppoll(&wish, 1, &limit, nullptr);
  Interruption::check();
}

/// The service's tasks of one update, asked for now and then.
class SwarmDeployment final : public Deployment {
 public:
  struct Settings {
    std::string service_id, name;
    std::string update;  ///< "" = any
    std::string url;
    std::string network;
    std::uint16_t port = 0;
    std::map<std::string, std::string> env;
    bool sees_processes = false;
  };
  SwarmDeployment(std::unique_ptr<DockerEngine> engine, Settings settings)
      : engine_(std::move(engine)),
        services_(*engine_),
        settings_(std::move(settings)) {}

  std::string url() const override { return settings_.url; }
  std::uint16_t routed_port() const override { return settings_.port; }
  Emulation emulates() const override {
    return settings_.network == "host" ? Emulation::none : Emulation::docker;
  }
  const std::map<std::string, std::string>& env() const override {
    return settings_.env;
  }
  std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

  std::optional<Exit> exited() override {
    if (exit_ || Steady::now() < ask_again_) return exit_;
    look();
    return exit_;
  }

  std::optional<std::vector<BoundSocket>> sockets() override {
    if (!settings_.sees_processes) return std::nullopt;
    if (exited() || !newest_) return std::vector<BoundSocket>();
    return container_sockets(newest_->pid, newest_->container);
  }

  std::string log() override {
    if (!gone_) {
      log_ = services_.log(settings_.service_id);
      // Why the swarm ended it stands in no log of the service. That it ended
      // with a status by itself is said by exited().
      if (exit_ && newest_ && !newest_->error.empty() &&
          newest_->error !=
              fmt::format("task: non-zero exit ({})", exit_->code)) {
        log_ += "swarm: " + newest_->error + "\n";
      }
    }
    return log_;
  }

  void wait(std::chrono::microseconds at_most) override {
    const auto until = Steady::now() + at_most;
    while (!exited() && Steady::now() < until) {
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
          std::min(until, ask_again_) - Steady::now());
      pause_for(std::max<std::chrono::microseconds>(left, 1ms));
    }
    Interruption::check();
  }

  [[nodiscard]] const std::string& name() const { return settings_.name; }
  void end() {
    if (gone_) return;
    gone_ = true;
    if (!exit_) exit_ = Exit{137, 0, false};
  }

 private:
  void look() {
    const auto tasks = services_.tasks(settings_.service_id, Interrupt::no);
    // Longer between questions the longer nothing happened.
    pause_ = std::min<std::chrono::milliseconds>(pause_ + pause_ / 4 + 1ms, 250ms);
    ask_again_ = Steady::now() + pause_;
    if (tasks.empty() && !services_.inspect(settings_.name, Interrupt::no)) {
      throw removed();
    }
    for (const SwarmTask& task : tasks) {
      if (!settings_.update.empty() && task.update != settings_.update) continue;
      newest_ = task;
      if (!task.over()) return;
      if (task.state == "orphaned") {
        throw PlatformError(fmt::format(
            "watching service {}: the machine of its task is gone",
            settings_.name));
      }
      // So it ends as well when its service is removed.
      if (!services_.inspect(settings_.name, Interrupt::no)) throw removed();
      exit_ = Exit{task.exit_code, 0, ran_out_of_memory(task)};
      return;
    }
  }

  [[nodiscard]] RemovedError removed() const {
    return RemovedError(fmt::format("watching service {}: somebody removed it",
                                    settings_.name));
  }

  bool ran_out_of_memory(const SwarmTask& task) {
    if (task.exit_code != 137 || task.container.empty()) return false;
    // Only the machine it ran on knows.
    const auto facts =
        DockerContainers(*engine_).inspect(task.container, Interrupt::no);
    return facts && facts->oom;
  }

  std::unique_ptr<DockerEngine> engine_;
  DockerServices services_;
  Settings settings_;
  Steady::time_point started_ = Steady::now(), ask_again_ = started_;
  std::chrono::milliseconds pause_ = 10ms;
  std::optional<SwarmTask> newest_;
  std::optional<Exit> exit_;
  std::string log_;
  bool gone_ = false;
};

class SwarmPlatform final : public Platform, public LivePlatform {
 public:
  SwarmPlatform(const RemoteSettings& settings, DockerOptions options)
      : settings_(settings), options_(std::move(options)) {}

  std::string_view name() const override { return "docker"; }

  Capabilities capabilities() const override {
    Capabilities can;
    can.several_trials = !options_.fixed_port();
    return can;
  }

  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) override {
    DockerContext& here = context();
    const std::string name = here.new_name("trial");
    auto made = spec_for(bundle, name, "trial", "", name);
    if (auto* refused = std::get_if<Refused>(&made)) return std::move(*refused);
    const Made& what = std::get<Made>(made);
    try {
      if (auto failure = services().create(what.spec)) {
        return Refused{*std::move(failure), ""};
      }
      auto running = until_running(name, name, 1, bundle);
      if (auto* refused = std::get_if<Refused>(&running)) {
        services().remove(name, here.settings.clock);
        return std::move(*refused);
      }
      return deployment_of(std::get<SwarmService>(running), name,
                           what.contract);
    } catch (...) {
      remove_quietly(name);
      throw;
    }
  }

  void withdraw(Deployment& deployment) override {
    auto& service = dynamic_cast<SwarmDeployment&>(deployment);
    service.end();
    services().remove(service.name(), context().settings.clock);
  }

  std::vector<std::string> clean_up() override {
    DockerContext& here = context();
    std::vector<std::string> done;
    for (const SwarmService& service :
         services().list("rung.app=" + here.settings.app, Interrupt::no)) {
      if (!here.ours(service.labels) ||
          !DockerContext::abandoned(service.labels, age_of(service))) {
        continue;
      }
      if (label(service.labels, "rung.role") == "trial") {
        services().remove(service.name, here.settings.clock);
        done.push_back("removed " + service.name +
                       ", a trial that was left behind");
      } else if (service.name == here.name &&
                 label(service.labels, kAccepted) == "no") {
        undo(service);
        done.push_back("rolled " + service.name +
                       " back to what served before");
      }
    }
    return done;
  }

  std::optional<LiveRelease> live() override {
    const auto service = services().inspect(context().name, Interrupt::no);
    if (!service) return std::nullopt;
    const auto tasks = services().tasks(service->id, Interrupt::no);
    const auto running = std::find_if(
        tasks.begin(), tasks.end(),
        [](const SwarmTask& task) { return task.running(); });
    if (running == tasks.end()) return std::nullopt;
    LiveRelease release;
    release.reference = running->id;
    release.url = url_of(*service, port_of(service->labels));
    // Not accepted: it is being judged, and what served before comes back.
    const bool judged = label(service->labels, kAccepted) == "no";
    const DockerLabels labels =
        judged ? labels_of(service->previous) : service->labels;
    if (context().ours(labels)) {
      release.release_id = label(labels, "rung.state");
      release.phase = label(labels, "rung.phase");
      release.commit = label(labels, "rung.commit");
    }
    return release;
  }

  std::unique_ptr<Deployment> attach() override {
    const auto service = services().inspect(context().name, Interrupt::no);
    if (!service || !live()) {
      throw RemovedError(
          fmt::format("reading the live release: no task of service {} runs",
                      context().name));
    }
    DockerContract contract;
    contract.port = port_of(service->labels);
    const json& inner = service->spec.at("TaskTemplate").at("ContainerSpec");
    if (inner.contains("Env") && inner["Env"].is_array()) {
      for (const json& entry : inner["Env"]) {
        const auto text = entry.get<std::string>();
        const auto equals = text.find('=');
        if (equals == std::string::npos) continue;
        contract.env[text.substr(0, equals)] = text.substr(equals + 1);
      }
    }
    return deployment_of(*service, label(service->labels, "rung.update"),
                         contract);
  }

  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override {
    DockerContext& here = context();
    const std::string update = here.new_name("next");
    auto made = spec_for(bundle, here.name, "live", phase, update);
    if (auto* refused = std::get_if<Refused>(&made)) {
      return {false, std::move(*refused)};
    }
    Made& what = std::get<Made>(made);
    const auto put_back = [&] {
      const auto now = services().inspect(here.name, Interrupt::no);
      if (now && label(now->labels, "rung.update") == update) undo(*now);
    };
    try {
      auto failure = services().inspect(here.name)
                         ? services().update(here.name, what.spec)
                         : services().create(what.spec);
      if (failure) return {false, Refused{*std::move(failure), ""}};
      auto running =
          until_running(here.name, update, here.options.replicas, bundle);
      if (auto* refused = std::get_if<Refused>(&running)) {
        put_back();
        return {false, std::move(*refused)};
      }
      const auto next = deployment_of(std::get<SwarmService>(running), update,
                                      what.contract);
      if (!healthy(*next)) {
        put_back();
        return {false, std::nullopt};
      }
      // Only a label changes: no task is started again.
      what.spec["Labels"][kAccepted] = "yes";
      services().update(here.name, what.spec, Interrupt::no);
    } catch (...) {
      try {
        put_back();
      } catch (const Error&) {
        // Then clean_up() does, in the next run.
      }
      throw;
    }
    return {true, std::nullopt};
  }

  void stop() override {
    const auto service = services().inspect(context().name, Interrupt::no);
    if (!service || !context().ours(service->labels)) return;
    services().remove(service->name, context().settings.clock);
  }

 private:
  struct Made {
    json spec;
    DockerContract contract;
  };

  DockerContext& context() const {
    if (!context_) {
      auto made = std::make_unique<DockerContext>(settings_, options_);
      const auto info = made->engine.read("/info", Interrupt::no);
      const json swarm = info ? info->value("Swarm", json::object()) : json();
      if (!swarm.is_object() ||
          swarm.value("LocalNodeState", "") != "active" ||
          !swarm.value("ControlAvailable", false)) {
        throw AbortError(
            "asking the Docker Engine for its swarm: it does not manage one; "
            "docker swarm init makes one, or leave swarm: true out");
      }
      alone_ = swarm.value("Nodes", 0) == 1;
      context_ = std::move(made);
    }
    return *context_;
  }
  DockerServices services() const { return DockerServices(context().engine); }

  // Of a task anywhere: only where the swarm has this one machine.
  bool sees_processes() const {
    return context().sees_processes() && alone_;
  }

  static std::uint16_t port_of(const DockerLabels& labels) {
    return port_number(label(labels, "rung.port")).value_or(0);
  }

  std::string url_of(const SwarmService& service, std::uint16_t port) const {
    // Every machine of the swarm passes a published port on, this one too.
    if (options_.network != "host") {
      return service.published == 0
                 ? std::string()
                 : fmt::format("http://127.0.0.1:{}", service.published);
    }
    if (port == 0) return "";
    std::string host = "127.0.0.1";
    const auto info = context().engine.read("/info", Interrupt::no);
    const std::string here = info ? (*info)["Swarm"].value("NodeID", "") : "";
    for (const SwarmTask& task : services().tasks(service.id, Interrupt::no)) {
      if (!task.running()) continue;
      if (task.node == here || task.node.empty()) break;
      const auto node =
          context().engine.read("/nodes/" + task.node, Interrupt::no);
      if (node && node->contains("Status")) {
        host = (*node)["Status"].value("Addr", host);
      }
      break;
    }
    return fmt::format("http://{}:{}", host, port);
  }

  std::variant<Made, Refused> spec_for(const Bundle& bundle,
                                       const std::string& name,
                                       std::string_view role,
                                       std::string_view phase,
                                       const std::string& update) {
    DockerContext& here = context();
    DockerOptions options = here.options;
    if (auto failure = apply_config(bundle.release, options)) {
      return Refused{*std::move(failure), ""};
    }
    auto ready = here.images.ready(bundle);
    if (auto* refused = std::get_if<Refused>(&ready)) {
      return std::move(*refused);
    }
    const DockerImage& image = std::get<DockerImage>(ready);
    if (!image.private_files.empty()) {
      throw AbortError(fmt::format(
          "deploying to a swarm: the generated file {} holds a secret, and "
          "files of an image are no place for it; let the service read the "
          "variable",
          image.private_files.begin()->first));
    }
    Made made;
    made.contract =
        docker_contract(options, bundle.env, image.exposed, &free_port);
    SwarmSpec how;
    how.name = name;
    how.image = image.reference;
    how.labels = here.labels(role, bundle, made.contract.port);
    how.update = update;
    if (role == "live") {
      how.labels["rung.phase"] = phase;
      how.labels[kAccepted] = "no";
      how.replicas = options.replicas;
      how.publish = options.publish;
      how.keeps_running = true;
      how.stop_first = options.fixed_port();
    }
    made.spec = service_spec(options, made.contract, how);
    return made;
  }

  // Until the swarm runs what was asked for, or says why it will not.
  std::variant<SwarmService, Refused> until_running(const std::string& name,
                                                    const std::string& update,
                                                    unsigned replicas,
                                                    const Bundle& bundle) {
    constexpr auto kPatience = 10min;  // images are fetched meanwhile
    const auto until = Steady::now() + kPatience;
    const auto sure_after = Steady::now() + 3s;
    std::chrono::microseconds pause = 10ms;
    for (;;) {
      const auto service = services().inspect(name);
      if (!service) {
        throw RemovedError("starting service " + name +
                           ": somebody removed it");
      }
      unsigned running = 0, ended = 0;
      for (const SwarmTask& task : services().tasks(service->id)) {
        if (task.update != update) continue;
        // What it waits for may come within a moment.
        if (task.state != "pending" || Steady::now() > sure_after) {
          if (auto failure = task_failure(task, bundle.release)) {
            return Refused{*std::move(failure),
                           services().log(service->id)};
          }
        }
        running += task.running() ? 1 : 0;
        ended += task.over() ? 1 : 0;
      }
      // What ran and ended is for the gates to judge.
      if (running >= replicas || ended > 0) return *service;
      if (Steady::now() > until) {
        throw PlatformError("starting service " + name +
                            ": the swarm did not start it within 10 minutes");
      }
      pause_for(pause);
      pause = std::min<std::chrono::microseconds>(pause * 5 / 4, 250ms);
    }
  }

  std::unique_ptr<Deployment> deployment_of(const SwarmService& service,
                                            const std::string& update,
                                            const DockerContract& contract) {
    SwarmDeployment::Settings settings;
    settings.service_id = service.id;
    settings.name = service.name;
    settings.update = update;
    settings.network = options_.network;
    settings.port = contract.port;
    settings.env = contract.env;
    settings.url = url_of(service, contract.port);
    settings.sees_processes = sees_processes();
    return std::make_unique<SwarmDeployment>(context().engine.another(),
                                             std::move(settings));
  }

  // To what served before the update that is being judged.
  void undo(const SwarmService& service) {
    if (service.previous.is_null()) {
      services().remove(service.name, context().settings.clock);
      return;
    }
    services().roll_back(service.name);
    const std::string next = label(service.labels, "rung.update");
    const auto until = Steady::now() + 60s + options_.stop_timeout;
    // Of what serves: since when nothing else of the service runs.
    auto alone_since = Steady::now();
    bool met = false;  // it was started while one like it still ended
    for (auto pause = 10ms; Steady::now() < until;
         pause = std::min(2 * pause, 160ms)) {
      bool serves = false, ends = false, other = false;
      for (const SwarmTask& task :
           services().tasks(service.id, Interrupt::no)) {
        if (!task.running()) continue;
        const bool wanted = task.desired == "running" && task.update != next;
        serves = serves || wanted;
        ends = ends || (!wanted && task.update != next);
        other = other || !wanted;
      }
      if (other) alone_since = Steady::now();
      met = met || (serves && ends);
      // What found its port still taken runs too, until it ends of it.
      const bool lasts = !met || Steady::now() - alone_since > 1s;
      if (serves && !other && lasts) return;
      std::this_thread::sleep_for(pause);
    }
    throw PlatformError(fmt::format(
        "rolling service {} back: the earlier release does not run again yet",
        service.name));
  }

  void remove_quietly(const std::string& name) {
    try {
      services().remove(name, context().settings.clock);
    } catch (const Error&) {
      // The next run's clean_up() finds it by its labels.
    }
  }

  std::int64_t age_of(const SwarmService& service) const {
    const auto created = unix_ms_of(service.created);
    return created ? (settings_.clock.unix_ms() - *created) / 1000 : 0;
  }

  RemoteSettings settings_;
  DockerOptions options_;
  mutable std::unique_ptr<DockerContext> context_;
  mutable bool alone_ = false;  ///< the swarm is this machine
};

}  // namespace

std::unique_ptr<Platform> make_swarm_platform(const RemoteSettings& settings,
                                              DockerOptions options) {
  return std::make_unique<SwarmPlatform>(settings, std::move(options));
}

}  // namespace rung
