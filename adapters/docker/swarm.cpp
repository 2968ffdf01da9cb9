#include "adapters/docker/swarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "adapters/docker/log_frames.hpp"
#include "adapters/http/json_members.hpp"
#include "core/base/error.hpp"
#include "core/text/percent.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

Failure failure(Stage stage, const char* cause, const std::string& message) {
  Failure result;
  result.stage = stage;
  result.cause = cause;
  result.message = message;
  return result;
}

std::string service_path(const std::string& name) {
  return "/services/" + percent_encoded(name);
}

// What the swarm refuses of a spec; nullopt: it is about the swarm.
std::optional<Failure> refused(const ApiReply& reply) {
  if (reply.status != 400) return std::nullopt;
  return failure(Stage::release, "unknown", reply.said());
}

ApiReply asked(DockerEngine& engine, const std::string& path,
               Interrupt interrupt, const std::string& doing) {
  ApiReply reply = engine.get(path, interrupt);
  if (!reply.ok() && reply.status != 404) throw_docker_answer(doing, reply);
  return reply;
}

bool same_update(const json& one, const json& other) {
  const auto mark = [](const json& spec) {
    const DockerLabels labels = labels_of(spec);
    const auto get = [&](const char* name) {
      const auto found = labels.find(name);
      return found == labels.end() ? std::string() : found->second;
    };
    return get("rung.update") + ' ' + get("rung.accepted");
  };
  return mark(one) == mark(other);
}

}  // namespace

bool SwarmTask::over() const {
  return state == "complete" || state == "shutdown" || state == "failed" ||
         state == "rejected" || state == "orphaned" || state == "remove";
}

std::vector<SwarmTask> swarm_tasks(const json& listed) {
  std::vector<SwarmTask> tasks;
  if (!listed.is_array()) return tasks;
  for (const json& entry : listed) {
    SwarmTask task;
    task.id = text_in(entry, "ID");
    task.node = text_in(entry, "NodeID");
    task.desired = text_in(entry, "DesiredState");
    task.at = text_in(entry, "CreatedAt");
    const json& status = member(entry, "Status");
    task.state = text_in(status, "State");
    task.error = text_in(status, "Err");
    const json& container = member(status, "ContainerStatus");
    task.container = text_in(container, "ContainerID");
    task.exit_code = number_in(container, "ExitCode");
    task.pid = number_in(container, "PID");
    const DockerLabels labels =
        labels_of(member(member(entry, "Spec"), "ContainerSpec"));
    if (const auto mark = labels.find("rung.update"); mark != labels.end()) {
      task.update = mark->second;
    }
    tasks.push_back(std::move(task));
  }
  std::sort(tasks.begin(), tasks.end(), [](const auto& a, const auto& b) {
    return a.at > b.at;
  });
  return tasks;
}

// Source for what is said: Docker Engine 20.10 and swarmkit's own words.
std::optional<Failure> task_failure(const SwarmTask& task,
                                    const Release& release) {
  const std::string& why = task.error;
  if (task.state == "pending" && says(why, "no suitable node")) {
    const bool asks = release.config.contains("platform:memory") ||
                      release.config.contains("platform:cpus");
    if (asks && says(why, "insufficient resources")) {
      return failure(Stage::release, "quota", why);
    }
    throw PlatformError("placing a task in the swarm: " + why);
  }
  if (task.state == "orphaned") {
    throw PlatformError("running a task in the swarm: its machine is gone");
  }
  if (task.state == "rejected") {
    if (says(why, "No such image") || says(why, "pull access denied") ||
        says(why, "manifest")) {
      return failure(Stage::source, "image-pull-failed", why);
    }
    return failure(Stage::release, "unknown", why);
  }
  if (task.state == "failed" && says(why, "starting container failed")) {
    return failure(Stage::start,
                   task.exit_code == 127   ? "command-not-found"
                   : task.exit_code == 126 ? "permission-denied"
                                           : "unknown",
                   why);
  }
  return std::nullopt;
}

DockerLabels labels_of(const json& spec) {
  DockerLabels labels;
  if (const json& all = member(spec, "Labels"); all.is_object()) {
    for (const auto& [name, value] : all.items()) {
      if (value.is_string()) labels[name] = value.get<std::string>();
    }
  }
  return labels;
}

SwarmService swarm_service(const json& inspected) {
  SwarmService service;
  service.id = text_in(inspected, "ID");
  service.created = text_in(inspected, "CreatedAt");
  if (const json& index = member(member(inspected, "Version"), "Index");
      index.is_number_unsigned()) {
    service.version = index.get<std::uint64_t>();
  }
  service.spec = member(inspected, "Spec");
  service.previous = member(inspected, "PreviousSpec");
  service.name = text_in(service.spec, "Name");
  service.labels = labels_of(service.spec);
  service.update_state = text_in(member(inspected, "UpdateStatus"), "State");
  if (const json& ports = member(member(inspected, "Endpoint"), "Ports");
      ports.is_array() && !ports.empty()) {
    service.published =
        static_cast<std::uint16_t>(number_in(ports[0], "PublishedPort"));
  }
  return service;
}

json service_spec(const DockerOptions& options, const DockerContract& contract,
                  const SwarmSpec& how) {
  json env = json::array();
  for (const auto& [name, value] : contract.env) {
    env.push_back(name + "=" + value);
  }
  DockerLabels inner;
  for (const char* name : {"rung.app", "rung.target", "rung.run", "rung.state"}) {
    if (const auto found = how.labels.find(name); found != how.labels.end()) {
      inner.insert(*found);
    }
  }
  inner["rung.update"] = how.update;
  const auto nanoseconds = [](std::chrono::nanoseconds time) {
    return time.count();
  };
  json container{{"Image", how.image}, {"Env", env}, {"Labels", inner}};
  if (options.init) container["Init"] = true;
  if (!options.user.empty()) container["User"] = options.user;
  container["StopGracePeriod"] =
      how.keeps_running ? nanoseconds(options.stop_timeout) : 0;
  if (!options.volumes.empty()) {
    json mounts = json::array();
    for (const auto& [from, to] : options.volumes) {
      const bool read_only = to.ends_with(":ro");
      const auto end = to.rfind(':');
      mounts.push_back({{"Type", from.starts_with('/') ? "bind" : "volume"},
                        {"Source", from},
                        {"Target", to.substr(0, end)},
                        {"ReadOnly", read_only}});
    }
    container["Mounts"] = mounts;
  }
  json task{{"ContainerSpec", container},
            {"LogDriver", {{"Name", "json-file"}}},
            {"RestartPolicy",
             how.keeps_running
                 ? json{{"Condition", "any"}, {"Delay", nanoseconds(1s)}}
                 : json{{"Condition", "none"}}}};
  json limits = json::object();
  if (options.memory != 0) limits["MemoryBytes"] = options.memory;
  if (options.nano_cpus != 0) limits["NanoCPUs"] = options.nano_cpus;
  if (!limits.empty()) task["Resources"] = {{"Limits", limits}};
  if (!options.constraints.empty()) {
    task["Placement"] = {{"Constraints", options.constraints}};
  }
  json spec{{"Name", how.name},
            {"Labels", how.labels},
            {"Mode", {{"Replicated", {{"Replicas", how.replicas}}}}},
            // Paused keeps the evidence; rung rolls back itself.
            {"UpdateConfig",
             {{"Parallelism", 1},
              {"FailureAction", "pause"},
              {"Monitor", nanoseconds(5s)},
              {"MaxFailureRatio", 0},
              {"Order", how.stop_first ? "stop-first" : "start-first"}}},
            // What comes back gets the port it had, which the one before it may
            // hold for seconds more. Started first and failing once, it would
            // leave the unhealthy one running beside it for good.
            {"RollbackConfig",
             {{"Parallelism", 1},
              {"FailureAction", "continue"},
              {"Order", "stop-first"}}}};
  spec["Labels"]["rung.update"] = how.update;
  if (options.network != "bridge" && options.network != "none") {
    task["Networks"] = json::array({{{"Target", options.network}}});
  }
  if (contract.port != 0 && options.network != "host") {
    json port{{"Protocol", "tcp"},
              {"TargetPort", contract.port},
              {"PublishMode", "ingress"}};
    if (how.publish != 0) port["PublishedPort"] = how.publish;
    spec["EndpointSpec"] = {{"Ports", json::array({port})}};
  }
  spec["TaskTemplate"] = task;
  return spec;
}

std::optional<SwarmService> DockerServices::inspect(const std::string& name,
                                                    Interrupt interrupt) {
  const std::string doing = "inspecting service " + name;
  const ApiReply reply = asked(engine_, service_path(name), interrupt, doing);
  if (reply.status == 404) return std::nullopt;
  SwarmService service = swarm_service(reply.json());
  if (service.id.empty() || service.name != name) {
    // An id or the beginning of one would be found as well.
    if (service.id.empty()) {
      throw PlatformError(doing + ": the answer names no service");
    }
    return std::nullopt;
  }
  return service;
}

std::vector<SwarmService> DockerServices::list(const std::string& label,
                                               Interrupt interrupt) {
  const std::string filters = json{{"label", json::array({label})}}.dump();
  const ApiReply reply =
      asked(engine_, "/services?filters=" + percent_encoded(filters),
            interrupt, "listing services");
  std::vector<SwarmService> services;
  const json listed = reply.json();
  if (!listed.is_array()) {
    throw PlatformError("listing services: the answer is not a list");
  }
  for (const json& entry : listed) services.push_back(swarm_service(entry));
  return services;
}

std::optional<Failure> DockerServices::create(const json& spec) {
  const std::string name = spec.at("Name");
  const std::string doing = "creating service " + name;
  std::string problem;
  for (int i = 0; i < kDockerTries; ++i) {
    try {
      const ApiReply reply = engine_.post("/services/create", spec);
      if (reply.ok()) return std::nullopt;
      // 409: ours, as the name is; the answer before was lost.
      if (reply.status == 409) {
        if (inspect(name)) return std::nullopt;
        problem = reply.said();
        continue;
      }
      if (auto failure = refused(reply)) return failure;
      throw_docker_answer(doing, reply);
    } catch (const LostReply& lost) {
      problem = lost.what();
      if (inspect(name)) return std::nullopt;
    }
  }
  throw PlatformError(doing + ": " + problem);
}

std::optional<Failure> DockerServices::update(const std::string& name,
                                              const json& spec,
                                              Interrupt interrupt) {
  const std::string doing = "updating service " + name;
  std::string problem;
  for (int i = 0; i < kDockerTries; ++i) {
    const auto now = inspect(name, interrupt);
    if (!now) throw RemovedError(doing + ": somebody removed it");
    if (same_update(now->spec, spec)) return std::nullopt;
    try {
      const ApiReply reply = engine_.post(
          fmt::format("{}/update?version={}", service_path(name), now->version),
          spec, interrupt);
      if (reply.ok()) return std::nullopt;
      problem = fmt::format("{} {}", reply.status, reply.said());
      // A version that is not the newest is a 500 here, not a 409.
      if (reply.status == 500 && says(problem, "out of sequence")) continue;
      if (auto failure = refused(reply)) return failure;
      throw_docker_answer(doing, reply);
    } catch (const LostReply& lost) {
      problem = lost.what();
    }
  }
  throw PlatformError(doing + ": " + problem);
}

void DockerServices::roll_back(const std::string& name) {
  const std::string doing = "rolling service " + name + " back";
  std::string problem;
  std::optional<json> from;
  for (int i = 0; i < kDockerTries; ++i) {
    const auto now = inspect(name, Interrupt::no);
    if (!now) throw RemovedError(doing + ": somebody removed it");
    if (from && !same_update(*from, now->spec)) return;
    from = now->spec;
    try {
      // The body is ignored, but must be there.
      const ApiReply reply =
          engine_.post(fmt::format("{}/update?version={}&rollback=previous",
                                   service_path(name), now->version),
                       now->spec, Interrupt::no);
      if (reply.ok()) return;
      problem = fmt::format("{} {}", reply.status, reply.said());
      if (reply.status == 500 && says(problem, "out of sequence")) continue;
      throw_docker_answer(doing, reply);
    } catch (const LostReply& lost) {
      problem = lost.what();
    }
  }
  throw PlatformError(doing + ": " + problem);
}

void DockerServices::remove(const std::string& name, Clock& clock) {
  const auto service = inspect(name, Interrupt::no);
  if (!service) return;
  const ApiReply reply = engine_.erase("/services/" + service->id);
  if (!reply.ok() && reply.status != 404) {
    throw_docker_answer("removing service " + name, reply);
  }
  // Its tasks are forgotten when their containers have ended. A machine that
  // is down never says so; its tasks are the swarm's business then.
  const auto until = clock.now() + 30s;
  for (auto pause = 5ms; clock.now() < until; pause = std::min(2 * pause, 40ms)) {
    if (tasks(service->id, Interrupt::no).empty()) return;
    std::this_thread::sleep_for(pause);
  }
}

std::vector<SwarmTask> DockerServices::tasks(const std::string& service_id,
                                             Interrupt interrupt) {
  const std::string filters =
      json{{"service", json::array({service_id})}}.dump();
  const ApiReply reply =
      asked(engine_, "/tasks?filters=" + percent_encoded(filters), interrupt,
            "listing tasks");
  // 404: no such service any more.
  return reply.ok() ? swarm_tasks(reply.json()) : std::vector<SwarmTask>();
}

std::string DockerServices::log(const std::string& service_id) {
  const ApiReply reply = engine_.get("/services/" + service_id +
                                     "/logs?stdout=true&stderr=true&tail=5000");
  if (!reply.ok()) return "";
  LogTail tail;
  LogFrames frames(false, [&tail](int, std::string_view text) {
    tail.add(text);
  });
  frames.feed(reply.body);
  return tail.text();
}

}  // namespace rung
