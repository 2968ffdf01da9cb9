#include "adapters/docker_options.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "core/did_you_mean.hpp"
#include "core/error.hpp"

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

std::optional<std::uint16_t> port_from(const std::string& text) {
  const auto value = number<unsigned>(text);
  if (!value || *value == 0 || *value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

std::optional<std::int64_t> cpus_from(const std::string& text) {
  const auto value = number<double>(text);
  if (!value || !(*value > 0) || *value > 10000) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(*value * 1e9));
}

std::optional<bool> flag(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
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

// A reader puts a value where it belongs; what it returns is what was wanted,
// "" when all is well.
using Reader = std::function<std::string(DockerOptions&, const std::string&)>;

template <typename Field, typename Parse>
Reader read(Field field, Parse parse, const char* wanted) {
  return [=](DockerOptions& options, const std::string& text) -> std::string {
    const auto value = parse(text);
    if (!value) return wanted;
    options.*field = *value;
    return "";
  };
}

Reader text_to(std::string DockerOptions::*field) {
  return [=](DockerOptions& options, const std::string& text) -> std::string {
    if (text.empty()) return "a text that is not empty";
    options.*field = text;
    return "";
  };
}

std::string read_publish(DockerOptions& options, const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port =
      port_from(colon == std::string::npos ? text : text.substr(colon + 1));
  if (!port) return "a port of the machine, or ADDRESS:PORT";
  options.publish = *port;
  if (colon != std::string::npos) {
    options.publish_address = text.substr(0, colon);
  }
  return "";
}

const std::map<std::string, Reader, std::less<>>& readers() {
  static const std::map<std::string, Reader, std::less<>> all{
      {"socket", text_to(&DockerOptions::socket)},
      {"network", text_to(&DockerOptions::network)},
      {"port",
       [](DockerOptions& options, const std::string& text) -> std::string {
         if (text == "auto") return "";
         const auto port = port_from(text);
         if (!port) return "a port from 1 to 65535, or auto";
         options.port = *port;
         return "";
       }},
      {"inject_port",
       read(&DockerOptions::inject_port, flag, "true or false")},
      {"publish", read_publish},
      {"memory", read(&DockerOptions::memory, bytes_from,
                      "a size such as 256m or 1g")},
      {"cpus", read(&DockerOptions::nano_cpus, cpus_from,
                    "a number of processors such as 0.5")},
      {"user", text_to(&DockerOptions::user)},
      {"init", read(&DockerOptions::init, flag, "true or false")},
      {"dockerfile", text_to(&DockerOptions::dockerfile)},
      {"build_target", text_to(&DockerOptions::build_target)},
      {"build_network", text_to(&DockerOptions::build_network)},
      {"name", text_to(&DockerOptions::name)},
      {"stop_timeout",
       [](DockerOptions& options, const std::string& text) -> std::string {
         const auto seconds = number<unsigned>(
             text.ends_with('s') ? text.substr(0, text.size() - 1) : text);
         if (!seconds || *seconds > 3600) return "seconds, such as 10s";
         options.stop_timeout = std::chrono::seconds(*seconds);
         return "";
       }},
      {"swarm", read(&DockerOptions::swarm, flag, "true or false")},
      {"replicas",
       [](DockerOptions& options, const std::string& text) -> std::string {
         const auto count = number<unsigned>(text);
         if (!count || *count == 0 || *count > 1000) return "1 to 1000";
         options.replicas = *count;
         return "";
       }},
      {"constraints",
       [](DockerOptions& options, const std::string& text) -> std::string {
         options.constraints = listed(text);
         return "";
       }},
      {"registry", text_to(&DockerOptions::registry)},
  };
  return all;
}

[[noreturn]] void refuse_key(const std::string& target,
                             const std::string& key) {
  std::vector<std::string_view> known{"volumes", "build_args"};
  for (const auto& [name, reader] : readers()) known.push_back(name);
  throw PlanError(fmt::format("targets/{}: unknown key \"{}\"{}", target, key,
                              did_you_mean(key, known)));
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
  DockerOptions result;
  for (const auto& [key, text] : options) {
    if (key.starts_with("x-")) continue;
    if (key.starts_with("volumes.")) {
      if (text.empty() || text.front() != '/') {
        throw PlanError(fmt::format(
            "targets/{}/volumes: an absolute path inside the container is "
            "wanted for {}, such as /data or /data:ro",
            target, key.substr(8)));
      }
      result.volumes[key.substr(8)] = text;
      continue;
    }
    if (key.starts_with("build_args.")) {
      result.build_args[key.substr(11)] = text;
      continue;
    }
    const auto reader = readers().find(key);
    if (reader == readers().end()) refuse_key(target, key);
    if (const std::string wanted = reader->second(result, text);
        !wanted.empty()) {
      throw PlanError(
          fmt::format("targets/{}/{}: {} is wanted", target, key, wanted));
    }
  }
  const auto clash = [&](const char* one, const std::string& why) {
    throw PlanError(fmt::format("targets/{}/{}: {}", target, one, why));
  };
  if (result.publish != 0 && result.network == "host") {
    clash("publish", "with network: host nothing is published; set port");
  }
  if (result.publish != 0 && result.network == "none") {
    clash("publish", "with network: none nothing can be reached");
  }
  if (!result.swarm) {
    for (const char* key : {"replicas", "constraints"}) {
      if (options.contains(key)) clash(key, "belongs to swarm: true");
    }
  }
  return result;
}

std::optional<Failure> apply_config(const Release& release,
                                    DockerOptions& options) {
  for (const char* key : {"memory", "cpus", "port", "user", "init"}) {
    const auto setting = release.config.find(std::string("platform:") + key);
    if (setting == release.config.end()) continue;
    const std::string wanted =
        readers().find(key)->second(options, setting->second);
    if (wanted.empty()) continue;
    Failure failure;
    failure.stage = Stage::release;
    failure.cause = "bad-config-file";
    failure.evidence = key;
    failure.message = fmt::format("config: {}: {} is wanted", key, wanted);
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
  const char* host = std::getenv("DOCKER_HOST");
  if (!options.socket.empty()) {
    add(options.socket);
  } else if (host != nullptr && *host != '\0') {
    if (!std::string_view(host).starts_with(kScheme)) {
      throw AbortError(
          "finding the Docker Engine: DOCKER_HOST is no unix:// socket; pass "
          "a remote one on with ssh -L and set the target's socket");
    }
    add(host);
  } else {
    add("/var/run/docker.sock");
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime != '\0') {
      add(std::string(runtime) + "/docker.sock");
      add(std::string(runtime) + "/podman/podman.sock");
    }
    add("/run/podman/podman.sock");
  }
  std::error_code error;
  std::string silent;
  for (const std::string& place : places) {
    if (!std::filesystem::exists(place, error)) continue;
    if (access(place.c_str(), R_OK | W_OK) != 0) {
      throw AbortError(fmt::format(
          "finding the Docker Engine: {} may not be used by this user; join "
          "the group that owns it",
          place));
    }
    if (listens(place)) return place;
    silent = place;
  }
  if (!silent.empty()) {
    throw AbortError(fmt::format(
        "finding the Docker Engine: nobody listens at {}; start it, or set the "
        "target's socket",
        silent));
  }
  throw AbortError(fmt::format(
      "finding the Docker Engine: no socket at {}; start it, or set the "
      "target's socket",
      places.front()));
}

}  // namespace rung
