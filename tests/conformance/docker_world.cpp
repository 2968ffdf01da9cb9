#include "tests/conformance/docker_world.hpp"

#include <fmt/format.h>
#include <unistd.h>


#include "adapters/docker/docker_platform.hpp"
#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"
#include "core/text/percent.hpp"
#include "tests/fakes/docker_daemon.hpp"
#include "tests/fakes/effort.hpp"
#include "tests/fakes/podman_service.hpp"

namespace rung::conformance {
namespace {

using nlohmann::json;
using fakes::UnixFault;

std::string new_app() {
  static int count = 0;
  return fmt::format("world-{}-{}", getpid(), ++count);
}

std::string filter(const json& filters) {
  return "filters=" + percent_encoded(filters.dump());
}

}  // namespace

DockerWorld::DockerWorld(const std::filesystem::path& socket,
                         std::map<std::string, std::string> options,
                         std::size_t step)
    : key_(std::string(SealKey::kBytes, 'k')),
      options_(std::move(options)),
      step_(fakes::effort(1) > 1 ? 1 : step),
      app_(new_app()),
      engine_(socket.string(), clock_),
      since_ms_(clock_.unix_ms()),
      proxy_(std::make_unique<fakes::UnixProxy>(
          folder_.path() / "proxy", socket,
          [this](const fakes::UnixRequest& request) {
            return decide(request);
          })) {
  options_.emplace("network", "host");
  // As the first process the service would not hear SIGTERM.
  options_.emplace("init", "true");
  options_["socket"] = proxy_->socket().string();
}

DockerWorld::~DockerWorld() {
  // What a section that failed left: the engine is shared.
  if (swarm()) {
    for (const json& service : listed("services")) {
      engine_.erase("/services/" + service.at("ID").get<std::string>());
    }
  }
  for (const json& container : listed("containers")) {
    engine_.erase("/containers/" + container.at("Id").get<std::string>() +
                  "?force=true&v=true");
  }
}

UnixFault DockerWorld::decide(const fakes::UnixRequest& request) {
  fakes::UnixProxy::Decide more;
  {
    const std::lock_guard lock(mutex_);
    heard_ += request.method + " " + request.target + "\n";
    if (down_) return {UnixFault::Kind::closed};
    const bool counts =
        trouble_ != Trouble::lost_reply || request.method != "GET";
    if (nth_ > 0 && counts) {
      ++calls_;
      if (trouble_ == Trouble::cut && calls_ >= nth_) {
        return {UnixFault::Kind::closed};
      }
      if (trouble_ == Trouble::lost_reply && calls_ == nth_) {
        return {UnixFault::Kind::lost};
      }
      if (trouble_ == Trouble::interrupt && calls_ == nth_) {
        Interruption::request();
      }
    }
    more = more_;
  }
  return more ? more(request) : UnixFault{};
}

void DockerWorld::faults(fakes::UnixProxy::Decide decide) {
  const std::lock_guard lock(mutex_);
  more_ = std::move(decide);
  heard_.clear();
}

bool DockerWorld::arrange(Trouble trouble, std::size_t nth) {
  const std::lock_guard lock(mutex_);
  trouble_ = trouble;
  nth_ = nth;
  calls_ = 0;
  return true;
}

bool DockerWorld::happened() {
  const std::lock_guard lock(mutex_);
  const bool came = calls_ >= nth_;
  nth_ = 0;
  return came;
}

bool DockerWorld::down(bool is) {
  const std::lock_guard lock(mutex_);
  down_ = is;
  return true;
}

RemoteSettings DockerWorld::settings() {
  RemoteSettings settings{.app = app_,
                          .target = "test",
                          .run = fmt::format("r{}", ++rungs_),
                          .build = {},
                          .options = options_,
                          .secret_names = {"API_KEY"},
                          .state = folder_.path() / "state",
                          .key = key_,
                          .clock = hurried_};
  settings.build.source = repository_.root();
  settings.build.work = folder_.path() / fmt::format("work{}", rungs_);
  return settings;
}

std::unique_ptr<Platform> DockerWorld::another_rung() {
  return make_docker_platform(settings());
}

Bundle DockerWorld::release_of(std::map<std::string, std::string> files) {
  if (!files.contains("Dockerfile")) {
    files["Dockerfile"] = fmt::format(
        "FROM {}\nCOPY . /\nCMD [\"/service\"]\n",
        fakes::DockerDaemon::kServiceImage);
  }
  fakes::GitRepository::Changes changes;
  for (const char* old : {"behaviour", "Dockerfile"}) {
    changes[old] = std::nullopt;
  }
  for (const auto& [path, content] : files) {
    changes[path] = fakes::RepositoryFile{content};
  }
  Bundle bundle;
  bundle.release.commit.hex = repository_.commit(changes);
  bundle.id = release_id(bundle.release);
  return bundle;
}

Bundle DockerWorld::bundle(Behaviour behaviour) {
  static const std::map<Behaviour, std::string> kRules{
      {Behaviour::good, "port PORT\n"},
      {Behaviour::good_too, "port PORT\nlog another release\n"},
      {Behaviour::unhealthy, "port PORT\nstatus 500\n"},
      {Behaviour::exits,
       "if-set API_KEY: die 3 API_KEY is set, SETTING is missing\n"}};
  const auto known = bundles_.find(behaviour);
  if (known != bundles_.end()) return known->second;
  return bundles_[behaviour] =
             release_of({{"behaviour", kRules.at(behaviour)}});
}

std::map<Stage, Bundle> DockerWorld::refused() {
  const std::string from =
      fmt::format("FROM {}\n", fakes::DockerDaemon::kServiceImage);
  std::map<Stage, Bundle> all;
  all[Stage::source] =
      release_of({{"Dockerfile", from + "COPY not-there /\n"}});
  all[Stage::build] =
      release_of({{"Dockerfile", from + "RUN [\"/not-there\"]\n"}});
  all[Stage::release] = bundle(Behaviour::good);
  all[Stage::release].release.config["platform:memory"] = "1m";
  if (!swarm()) {
    all[Stage::start] =
        release_of({{"Dockerfile", from + "CMD [\"/not-there\"]\n"}});
    // The engine itself says no only to a first process that is not there.
    all[Stage::start].release.config["platform:init"] = "false";
  }
  return all;
}

json DockerWorld::listed(const std::string& kind) {
  const auto answer = engine_.read(
      "/" + kind + (kind == "containers" ? "/json?all=true&" : "?") +
      filter({{"label", {"rung.app=" + app_}}}));
  return answer.value_or(json::array());
}

std::vector<std::string> DockerWorld::existing() {
  std::vector<std::string> names;
  if (swarm()) {
    for (const json& service : listed("services")) {
      names.push_back(service.at("Spec").at("Name").get<std::string>());
    }
    return names;
  }
  for (const json& container : listed("containers")) {
    names.push_back(container.at("Names").at(0).get<std::string>());
  }
  return names;
}

std::size_t DockerWorld::starts() {
  if (starts_) return starts_(app_);
  const auto seconds = [](std::int64_t ms) {
    return fmt::format("{}.{:09}", ms / 1000, ms % 1000 * 1000000);
  };
  const ApiReply reply = engine_.get(
      fmt::format("/events?since={}&until={}&", seconds(since_ms_),
                  seconds(clock_.unix_ms())) +
      filter({{"type", {"container"}},
              {"event", {"start"}},
              {"label", {"rung.app=" + app_}}}));
  if (!reply.ok()) throw_docker_answer("counting starts", reply);
  constexpr std::string_view kStart = "\"Action\":\"start\"";
  std::size_t count = 0;
  for (auto at = reply.body.find(kStart); at != std::string::npos;
       at = reply.body.find(kStart, at + 1)) {
    ++count;
  }
  return count;
}

std::string DockerWorld::overheard() {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    text = heard_;
  }
  for (const json& container : listed("containers")) {
    auto facts =
        engine_.read("/containers/" + container.at("Id").get<std::string>() +
                     "/json");
    if (!facts) continue;
    (*facts)["Config"].erase("Env");  // where it belongs
    text += facts->dump();
    const auto history = engine_.read(
        "/images/" + container.at("ImageID").get<std::string>() + "/history");
    if (history) text += history->dump();
  }
  return text;
}

std::string to_string(Engine engine) {
  return engine == Engine::docker ? "docker" : "podman";
}

std::unique_ptr<DockerWorld> world_in(Engine engine, std::size_t step) {
  const std::map<std::string, std::string> options;
  if (engine == Engine::docker) {
    auto* daemon = fakes::DockerDaemon::shared();
    if (daemon == nullptr) return nullptr;
    return std::make_unique<DockerWorld>(daemon->socket(), options, step);
  }
  auto* service = fakes::PodmanService::shared();
  if (service == nullptr) return nullptr;
  auto world =
      std::make_unique<DockerWorld>(service->socket(), options, step);
  world->count_starts_by(
      [service](const std::string& app) { return service->starts(app); });
  return world;
}

}  // namespace rung::conformance
