#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/platform.hpp"

namespace rung {

/// What a target with `adapter: docker` says; see plans/README.md.
struct DockerOptions {
  std::string socket;              ///< path; "" = where an engine usually is
  std::string network = "bridge";  ///< bridge | host | none | a network's name
  std::uint16_t port = 0;          ///< in the container; 0 = as PORT says, auto
  std::optional<bool> inject_port;
  std::string publish_address = "127.0.0.1";
  std::uint16_t publish = 0;  ///< of what serves, on the host; 0 = any
  std::int64_t memory = 0;    ///< bytes; 0 = no limit
  std::int64_t nano_cpus = 0;
  std::string user;
  bool init = false;  ///< a first process that reaps and passes signals on
  /// Volume or absolute folder of the engine's machine -> path[:ro] inside.
  std::map<std::string, std::string> volumes;
  std::string dockerfile = "Dockerfile";
  std::string build_target;
  std::string build_network;
  std::map<std::string, std::string> build_args;
  std::string name;  ///< of what serves; "" = APP-TARGET
  std::chrono::seconds stop_timeout{10};

  bool swarm = false;
  unsigned replicas = 1;  ///< of what serves; a trial has one
  std::vector<std::string> constraints;
  std::string registry;  ///< "host:5000/group": images are pushed there

  /// What is routed is a port of the engine's machine that is always the same.
  [[nodiscard]] bool fixed_port() const {
    return network == "host" && port != 0;
  }
};

/// Throws PlanError for a key or a value that means nothing.
DockerOptions docker_options(const std::string& target,
                             const std::map<std::string, std::string>& options);

/// The options with what the release's own `config:` says instead: "memory",
/// "cpus", "port", "user", "init". A Failure at stage release when it is no value.
std::optional<Failure> apply_config(const Release& release,
                                    DockerOptions& options);

/// "256m", "1g", "268435456": bytes. nullopt = none of these.
std::optional<std::int64_t> bytes_from(const std::string& text);

/// $DOCKER_HOST, /var/run/docker.sock, or a Podman's: the first that is there.
/// Throws AbortError when there is none, or DOCKER_HOST is no unix socket.
std::string docker_socket(const DockerOptions& options);

}  // namespace rung
