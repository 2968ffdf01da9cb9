#include "adapters/docker/containers.hpp"

#include <fmt/format.h>

#include "adapters/http/json_members.hpp"
#include "core/base/error.hpp"
#include "core/text/percent.hpp"
#include "core/text/port_number.hpp"

namespace rung {
namespace {

using nlohmann::json;

DockerLabels labels_in(const json& object) {
  DockerLabels labels;
  if (object.is_object()) {
    for (const auto& [name, value] : object.items()) {
      if (value.is_string()) labels[name] = value.get<std::string>();
    }
  }
  return labels;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

Failure failure(Stage stage, std::string cause, std::string message,
                std::string evidence = {}) {
  Failure result;
  result.stage = stage;
  result.cause = std::move(cause);
  result.evidence = std::move(evidence);
  result.message = std::move(message);
  return result;
}

std::string container_path(const std::string& id) {
  return "/containers/" + percent_encoded(id);
}

}  // namespace

DockerContract docker_contract(const DockerOptions& options,
                               const std::map<std::string, std::string>& env,
                               std::uint16_t exposed,
                               std::uint16_t (*free_port)()) {
  DockerContract result{env, 0};
  if (options.network == "none") return result;
  const auto stored = env.find("PORT");
  const auto stored_port =
      stored == env.end() ? std::nullopt : port_number(stored->second);
  result.port = options.port;
  if (result.port == 0 && stored_port) result.port = *stored_port;
  if (result.port == 0) {
    // Only within a network of its own can it have the port it likes best.
    result.port = options.network == "host" ? free_port()
                  : exposed != 0            ? exposed
                                            : 8080;
  }
  if (stored == env.end() && options.inject_port.value_or(true)) {
    result.env["PORT"] = std::to_string(result.port);
  }
  return result;
}

json container_body(const DockerOptions& options,
                    const DockerContract& contract, const std::string& image,
                    const DockerLabels& labels, std::uint16_t host_port) {
  json env = json::array();
  for (const auto& [name, value] : contract.env) {
    env.push_back(name + "=" + value);
  }
  json host{{"NetworkMode", options.network},
            // While it is judged a crash must stay one.
            {"RestartPolicy", {{"Name", "no"}}},
            // Not every driver can be read from.
            {"LogConfig", {{"Type", "json-file"}}}};
  json body{{"Image", image}, {"Env", env}, {"Labels", labels}};
  if (contract.port != 0 && options.network != "host") {
    const std::string port = fmt::format("{}/tcp", contract.port);
    body["ExposedPorts"] = {{port, json::object()}};
    host["PortBindings"] = {
        {port,
         json::array({{{"HostIp", options.publish_address},
                       {"HostPort", host_port == 0
                                        ? std::string()
                                        : std::to_string(host_port)}}})}};
  }
  if (options.memory != 0) {
    host["Memory"] = options.memory;
    host["MemorySwap"] = options.memory;  // none: the limit means what it says
  }
  if (options.nano_cpus != 0) host["NanoCpus"] = options.nano_cpus;
  if (options.init) host["Init"] = true;
  if (!options.user.empty()) body["User"] = options.user;
  if (!options.volumes.empty()) {
    json binds = json::array();
    for (const auto& [from, to] : options.volumes) {
      binds.push_back(from + ":" + to);
    }
    host["Binds"] = binds;
  }
  body["HostConfig"] = host;
  return body;
}

std::uint16_t exposed_port(const json& image) {
  const json& ports = member(member(image, "Config"), "ExposedPorts");
  if (!ports.is_object() || ports.size() != 1) return 0;
  const std::string port = ports.begin().key();
  const auto slash = port.find('/');
  if (slash != std::string::npos && port.substr(slash) != "/tcp") return 0;
  return port_number(std::string_view(port).substr(0, slash)).value_or(0);
}

ContainerFacts container_facts(const json& inspected) {
  ContainerFacts facts;
  facts.id = text_in(inspected, "Id");
  facts.name = without_slash(text_in(inspected, "Name"));
  const json& state = member(inspected, "State");
  facts.status = text_in(state, "Status");
  facts.running = flag_in(state, "Running");
  const std::string started = text_in(state, "StartedAt");
  facts.begun = facts.running ||
                (!started.empty() && !started.starts_with("0001-01-01"));
  facts.over = facts.begun && !facts.running && facts.status != "removing" &&
               facts.status != "dead";
  facts.exit_code = number_in<int>(state, "ExitCode");
  facts.oom = flag_in(state, "OOMKilled");
  facts.error = text_in(state, "Error");
  facts.pid = number_in<int>(state, "Pid");
  facts.restarts = number_in<int>(inspected, "RestartCount");
  const json& config = member(inspected, "Config");
  facts.tty = flag_in(config, "Tty");
  facts.working_dir = text_in(config, "WorkingDir");
  facts.labels = labels_in(member(config, "Labels"));
  if (const json& env = member(config, "Env"); env.is_array()) {
    for (const json& entry : env) {
      const auto text = entry.is_string() ? entry.get<std::string>() : "";
      const auto equals = text.find('=');
      if (equals == std::string::npos) continue;
      facts.env[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  facts.restart_policy = text_in(
      member(member(inspected, "HostConfig"), "RestartPolicy"), "Name");
  const json& ports = member(member(inspected, "NetworkSettings"), "Ports");
  if (ports.is_object()) {
    for (const auto& [port, bindings] : ports.items()) {
      if (!bindings.is_array()) continue;
      for (const json& binding : bindings) {
        const auto host = port_number(text_in(binding, "HostPort"));
        if (host && facts.host_port == 0) facts.host_port = *host;
      }
    }
  }
  return facts;
}

std::vector<ContainerRow> container_rows(const json& listed) {
  std::vector<ContainerRow> rows;
  if (!listed.is_array()) return rows;
  for (const json& entry : listed) {
    ContainerRow row;
    row.id = text_in(entry, "Id");
    row.state = text_in(entry, "State");
    row.created = number_in<std::int64_t>(entry, "Created");
    row.labels = labels_in(member(entry, "Labels"));
    if (const json& names = member(entry, "Names");
        names.is_array() && !names.empty() && names[0].is_string()) {
      row.name = without_slash(names[0].get<std::string>());
    }
    if (!row.id.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

// Source for what is said: Docker Engine 20.10 and Podman 4.3, tried; newer
// ones word it the same. The stage rests on the status and the exit code where
// they tell.
std::optional<Failure> create_failure(const ApiReply& reply) {
  const std::string said = reply.said();
  if (reply.status == 404) {
    return failure(Stage::source, "image-pull-failed", said);
  }
  // "invalid environment variable: =x" would quote a value.
  constexpr std::string_view kVariable = "invalid environment variable";
  if (says(said, kVariable)) {
    return failure(Stage::release, "bad-env-value",
                   "the engine refuses a variable's name");
  }
  // Podman looks for the network here, and says 500 to all it refuses.
  if (reply.status != 400 && !says(said, "network not found")) {
    return std::nullopt;
  }
  return failure(Stage::release, "unknown", said);
}

std::optional<Failure> start_failure(
    const ApiReply& reply, const std::optional<ContainerFacts>& facts) {
  const std::string said = reply.said();
  int code = facts ? facts->exit_code : 0;
  // Podman leaves no exit code when nothing was started. Source: its "cause",
  // libpod/define/errors.go; also said of limits that its machine forbids.
  if (says(reply.body, "attempted to invoke a command that was not found")) {
    code = 127;
  } else if (says(reply.body, "OCI permission denied") && says(said, "exec")) {
    code = 126;
  }
  if (says(said, "unable to set memory limit")) {
    return failure(Stage::release, "unknown", said);
  }
  if (reply.status == 400 || code == 126 || code == 127 ||
      says(said, "unable to find user")) {
    return failure(Stage::start,
                   code == 127   ? "command-not-found"
                   : code == 126 ? "permission-denied"
                                 : "unknown",
                   said);
  }
  if (reply.status == 404 || says(said, "Could not attach to network") ||
      (says(said, "network") && says(said, "not found"))) {
    return failure(Stage::release, "unknown", said);
  }
  if (says(said, "port is already allocated") ||
      says(said, "address already in use")) {
    throw AbortError("starting a container: " + said +
                     "; stop what uses the port, or publish another");
  }
  return std::nullopt;
}

std::optional<ContainerFacts> DockerContainers::inspect(const std::string& id,
                                                        Interrupt interrupt) {
  const auto answer = engine_.read(container_path(id) + "/json", interrupt);
  if (!answer) return std::nullopt;
  ContainerFacts facts = container_facts(*answer);
  if (facts.id.empty()) {
    throw PlatformError("inspecting container " + id +
                        ": the answer names no container");
  }
  return facts;
}

std::vector<ContainerRow> DockerContainers::list(Interrupt interrupt) {
  const auto answer = engine_.read("/containers/json?all=true", interrupt);
  return answer ? container_rows(*answer) : std::vector<ContainerRow>();
}

std::variant<std::string, Failure> DockerContainers::create(
    const std::string& name, const json& body) {
  const std::string doing = "creating container " + name;
  std::string problem = "no whole answer came";
  for (int i = 0; i < kDockerTries; ++i) {
    ApiReply reply;
    try {
      reply = engine_.post("/containers/create?name=" + percent_encoded(name),
                           body);
    } catch (const LostReply& lost) {
      problem = lost.what();
      if (const auto made = inspect(name)) return made->id;
      continue;
    }
    if (reply.ok()) {
      const std::string id = text_in(reply.json(), "Id");
      if (!id.empty()) return id;
    } else if (reply.status == 409 || says(reply.said(), "already in use")) {
      // Ours: the name is this run's own, so an answer before was lost.
      if (const auto made = inspect(name)) return made->id;
      problem = reply.said();
    } else if (auto refused = create_failure(reply)) {
      return *std::move(refused);
    } else {
      throw_docker_answer(doing, reply);
    }
  }
  throw PlatformError(doing + ": " + problem);
}

std::optional<Failure> DockerContainers::start(const std::string& id) {
  const std::string doing = "starting container " + id.substr(0, 12);
  std::string problem;
  for (int i = 0; i < kDockerTries; ++i) {
    try {
      const ApiReply reply = engine_.post(container_path(id) + "/start");
      if (reply.ok() || reply.status == 304) return std::nullopt;
      const auto facts = inspect(id);
      if (!facts) {
        throw RemovedError(doing + ": somebody removed it meanwhile");
      }
      if (auto refused = start_failure(reply, facts)) return refused;
      throw_docker_answer(doing, reply);
    } catch (const LostReply& lost) {
      problem = lost.what();
      const auto facts = inspect(id);
      if (!facts) {
        throw RemovedError(doing + ": somebody removed it meanwhile");
      }
      if (facts->begun) return std::nullopt;
    }
  }
  throw PlatformError(doing + ": " + problem);
}

void DockerContainers::remove(const std::string& id) {
  std::string problem;
  // 409: somebody is removing it already.
  for (int i = 0; i < 100; ++i) {
    const ApiReply reply =
        engine_.erase(container_path(id) + "?force=true&v=true");
    if (reply.ok() || reply.status == 404) return;
    problem = fmt::format("{} {}", reply.status, reply.said());
    if (reply.status != 409) break;
    if (!inspect(id, Interrupt::no)) return;
  }
  throw PlatformError(
      fmt::format("removing container {}: {}", id.substr(0, 12), problem));
}

bool DockerContainers::rename(const std::string& id, const std::string& name) {
  const std::string doing =
      fmt::format("renaming container {} to {}", id.substr(0, 12), name);
  std::string problem;
  for (int i = 0; i < kDockerTries; ++i) {
    try {
      const ApiReply reply = engine_.post(
          container_path(id) + "/rename?name=" + percent_encoded(name), nullptr,
          Interrupt::no);
      if (reply.ok()) return true;
      problem = fmt::format("{} {}", reply.status, reply.said());
    } catch (const LostReply& lost) {
      problem = lost.what();
    }
    // Renaming to the name it has is refused, which a lost answer leads to.
    const auto facts = inspect(id, Interrupt::no);
    if (!facts) return false;
    if (facts->name == name) return true;
  }
  throw PlatformError(doing + ": " + problem);
}

void DockerContainers::stop(const std::string& id,
                            std::chrono::seconds timeout) {
  ApiRequest request;
  request.method = "POST";
  request.path =
      fmt::format("{}/stop?t={}", container_path(id), timeout.count());
  request.repeatable = true;
  request.interrupt = Interrupt::no;
  request.timeout = timeout + std::chrono::minutes(1);
  const ApiReply reply = engine_.call(request);
  if (!reply.ok() && reply.status != 304 && reply.status != 404) {
    throw_docker_answer("stopping container " + id.substr(0, 12), reply);
  }
}

void DockerContainers::resume(const std::string& id) {
  ApiRequest request;
  request.method = "POST";
  request.path = container_path(id) + "/start";
  request.repeatable = true;  // of what runs: 304
  request.interrupt = Interrupt::no;
  const ApiReply reply = engine_.call(request);
  if (!reply.ok() && reply.status != 304 && reply.status != 404) {
    throw_docker_answer("starting container " + id.substr(0, 12) + " again",
                        reply);
  }
}

void DockerContainers::restart_policy(const std::string& id,
                                      const std::string& policy) {
  // Podman before 5.1 cannot change it, see docker_start().
  if (engine_.is_podman()) return;
  ApiRequest request;
  request.method = "POST";
  request.path = container_path(id) + "/update";
  request.body = json{{"RestartPolicy", {{"Name", policy}}}}.dump();
  request.repeatable = true;
  request.interrupt = Interrupt::no;
  const ApiReply reply = engine_.call(request);
  if (!reply.ok()) {
    throw_docker_answer("updating container " + id.substr(0, 12), reply);
  }
}

void DockerContainers::put_files(const std::string& id,
                                 const std::string& folder,
                                 const std::string& tar) {
  ApiRequest request;
  request.method = "PUT";
  request.path = container_path(id) + "/archive?path=" +
                 percent_encoded(folder.empty() ? "/" : folder);
  request.content_type = "application/x-tar";
  request.body = tar;
  const ApiReply reply = engine_.call(request);
  if (!reply.ok()) {
    throw_docker_answer("writing files into container " + id.substr(0, 12),
                        reply);
  }
}

}  // namespace rung
