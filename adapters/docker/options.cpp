#include "adapters/docker/options.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "adapters/platform/adapter_options.hpp"
#include "adapters/process/environment.hpp"
#include "core/base/error.hpp"
#include "core/text/port_number.hpp"

namespace rung {
namespace {

template <typename Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> cpus_from(const std::string& text) {
  const auto value = number<double>(text);
  if (!value || !(*value > 0) || *value > 10000) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(*value * 1e9));
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> items;
  std::size_t at = 0;
  while (at <= text.size()) {
    const auto comma = std::min(text.find(',', at), text.size());
    std::string item = text.substr(at, comma - at);
    while (item.starts_with(' ')) item.erase(0, 1);
    while (item.ends_with(' ')) item.pop_back();
    if (!item.empty()) items.push_back(item);
    at = comma + 1;
  }
  return items;
}

// What a release's own `config:` may say as well as its target.
constexpr const char* kOfReleases[] = {"memory", "cpus", "port", "user",
                                       "init"};

// One of kOfReleases; returns what was wanted, "" when all is well.
std::string read_one(std::string_view key, const std::string& text,
                     DockerOptions& options) {
  if (key == "memory") {
    const auto bytes = bytes_from(text);
    options.memory = bytes.value_or(0);
    return bytes ? "" : "a size such as 256m or 1g";
  }
  if (key == "cpus") {
    const auto cpus = cpus_from(text);
    options.nano_cpus = cpus.value_or(0);
    return cpus ? "" : "a number of processors such as 0.5";
  }
  if (key == "port") {
    if (text == "auto") return "";
    const auto port = port_number(text);
    options.port = port.value_or(0);
    return port ? "" : "a port from 1 to 65535, or auto";
  }
  if (key == "user") {
    options.user = text;
    return text.empty() ? "a text that is not empty" : "";
  }
  options.init = text == "true";
  return options.init || text == "false" ? "" : "true or false";
}

void read_publish(const AdapterOptions& given, DockerOptions& options) {
  const std::string text = given.text("publish");
  if (text.empty()) return;
  const auto colon = text.rfind(':');
  const auto port =
      port_number(colon == std::string::npos ? text : text.substr(colon + 1));
  if (!port) {
    throw given.wrong("publish", "a port of the machine, or ADDRESS:PORT");
  }
  options.publish = *port;
  if (colon != std::string::npos) {
    options.publish_address = text.substr(0, colon);
  }
}

void read_swarm(const AdapterOptions& given, DockerOptions& options) {
  options.swarm = given.flag("swarm");
  const std::string replicas = given.text("replicas", "1");
  options.replicas = number<unsigned>(replicas).value_or(0);
  if (options.replicas == 0 || options.replicas > 1000) {
    throw given.wrong("replicas", "1 to 1000");
  }
  options.constraints = listed(given.text("constraints"));
  options.registry = given.text("registry");
}

}  // namespace

std::optional<std::int64_t> bytes_from(const std::string& text) {
  std::string digits = text;
  if (digits.ends_with('b') || digits.ends_with('B')) digits.pop_back();
  if (digits.ends_with('i')) digits.pop_back();  // 256Mi, 256MiB
  std::int64_t factor = 1;
  if (!digits.empty()) {
    switch (digits.back()) {
      case 'k': case 'K': factor = 1 << 10; break;
      case 'm': case 'M': factor = 1 << 20; break;
      case 'g': case 'G': factor = 1 << 30; break;
      default: break;
    }
    if (factor != 1) digits.pop_back();
  }
  const auto value = number<std::int64_t>(digits);
  if (!value || *value <= 0 || *value > (std::int64_t{1} << 50) / factor) {
    return std::nullopt;
  }
  return *value * factor;
}

DockerOptions docker_options(
    const std::string& target,
    const std::map<std::string, std::string>& options) {
  static constexpr std::string_view kKnown[] = {
      "socket",       "network",    "port",         "inject_port",
      "publish",      "memory",     "cpus",         "user",
      "init",         "dockerfile", "build_target", "build_network",
      "name",         "swarm",      "stop_timeout", "replicas",
      "constraints",  "registry",   "volumes.",     "build_args."};
  const AdapterOptions given(target, options, kKnown);
  DockerOptions result;
  result.socket = given.text("socket");
  result.network = given.text("network", result.network);
  result.dockerfile = given.text("dockerfile", result.dockerfile);
  result.build_target = given.text("build_target");
  result.build_network = given.text("build_network");
  result.build_args = given.below("build_args.");
  result.name = given.text("name");
  for (const char* key : kOfReleases) {
    const std::string text = given.text(key);
    if (text.empty()) continue;
    const std::string wanted = read_one(key, text, result);
    if (!wanted.empty()) throw given.wrong(key, wanted);
  }
  if (!given.text("inject_port").empty()) {
    result.inject_port = given.flag("inject_port");
  }
  result.volumes = given.below("volumes.");
  for (const auto& [from, to] : result.volumes) {
    if (to.starts_with('/')) continue;
    throw given.wrong("volumes." + from,
                      "an absolute path inside the container (/data, "
                      "/data:ro)");
  }
  std::string seconds = given.text("stop_timeout", "10s");
  if (seconds.ends_with('s')) seconds.pop_back();
  const auto timeout = number<unsigned>(seconds);
  if (!timeout || *timeout > 3600) {
    throw given.wrong("stop_timeout", "a number of seconds (10s)");
  }
  result.stop_timeout = std::chrono::seconds(*timeout);
  read_publish(given, result);
  read_swarm(given, result);
  const auto clash = [&](const char* key, const std::string& why) {
    throw PlanError(fmt::format("targets/{}/{}: {}", target, key, why));
  };
  if (result.publish != 0 && result.network == "host") {
    clash("publish", "with network: host, nothing is published; set port");
  }
  if (result.publish != 0 && result.network == "none") {
    clash("publish", "with network: none, nothing can be reached");
  }
  for (const char* key : {"replicas", "constraints"}) {
    if (!result.swarm && options.contains(key)) {
      clash(key, "belongs to swarm: true");
    }
  }
  return result;
}

std::optional<Failure> apply_config(const Release& release,
                                    DockerOptions& options) {
  for (const char* key : kOfReleases) {
    const auto setting = release.config.find(std::string("platform:") + key);
    if (setting == release.config.end()) continue;
    const std::string wanted = read_one(key, setting->second, options);
    if (wanted.empty()) continue;
    Failure failure;
    failure.stage = Stage::release;
    failure.cause = "bad-config-file";
    failure.evidence = key;
    failure.message = fmt::format("config: {}: expected {}", key, wanted);
    return failure;
  }
  return std::nullopt;
}

namespace {

// An engine that was stopped leaves its socket's file behind.
bool listens(const std::string& place) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (place.size() >= sizeof address.sun_path) return true;  // libcurl says so
  place.copy(address.sun_path, place.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return true;
  const bool refused = connect(fd, reinterpret_cast<const sockaddr*>(&address),
                               sizeof address) != 0 &&
                       errno == ECONNREFUSED;
  close(fd);
  return !refused;
}

}  // namespace

std::string docker_socket(const DockerOptions& options) {
  constexpr std::string_view kScheme = "unix://";
  std::vector<std::string> places;
  const auto add = [&](std::string place) {
    if (place.starts_with(kScheme)) place.erase(0, kScheme.size());
    places.push_back(std::move(place));
  };
  const std::string host = own_variable("DOCKER_HOST");
  if (!options.socket.empty()) {
    add(options.socket);
  } else if (!host.empty()) {
    if (!host.starts_with(kScheme)) {
      throw AbortError(
          "finding the Docker Engine: DOCKER_HOST is no unix:// socket; pass "
          "a remote one on with ssh -L and set the target's socket");
    }
    add(host);
  } else {
    add("/var/run/docker.sock");
    const std::string runtime = own_variable("XDG_RUNTIME_DIR");
    if (!runtime.empty()) {
      add(runtime + "/docker.sock");
      add(runtime + "/podman/podman.sock");
    }
    add("/run/podman/podman.sock");
  }
  std::error_code error;
  std::string silent;
  for (const std::string& place : places) {
    if (!std::filesystem::exists(place, error)) continue;
    if (access(place.c_str(), R_OK | W_OK) != 0) {
      throw AbortError(
          fmt::format("finding the Docker Engine: this user may not use {}; "
                      "join the group that owns it",
                      place));
    }
    if (listens(place)) return place;
    silent = place;
  }
  if (!silent.empty()) {
    throw AbortError(
        fmt::format("finding the Docker Engine: nothing listens at {}; start "
                    "it, or set the target's socket",
                    silent));
  }
  throw AbortError(fmt::format(
      "finding the Docker Engine: no socket at {}; start it, or set the "
      "target's socket",
      places.front()));
}

}  // namespace rung
