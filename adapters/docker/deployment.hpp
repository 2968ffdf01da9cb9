#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "adapters/docker/containers.hpp"
#include "adapters/docker/watch.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// One container. Outlives the platform that made it, if need be.
class DockerDeployment final : public Deployment {
 public:
  struct Settings {
    std::string network;
    std::uint16_t port = 0;  ///< inside; 0 = none is routed
    std::map<std::string, std::string> env;
    bool sees_processes = false;
    std::optional<unsigned> tail;  ///< of the log before, see DockerWatch
  };
  DockerDeployment(std::unique_ptr<DockerEngine> engine,
                   const ContainerFacts& facts, Settings settings);

  std::string url() const override { return url_; }
  std::uint16_t routed_port() const override { return settings_.port; }
  /// In a network of its own 127.0.0.1 is the container's, so nobody gets in.
  Emulation emulates() const override {
    return settings_.network == "host" ? Emulation::none : Emulation::docker;
  }
  const std::map<std::string, std::string>& env() const override {
    return settings_.env;
  }
  std::optional<Exit> exited() override { return watch_.exited(); }
  std::optional<std::vector<BoundSocket>> sockets() override;
  std::string log() override { return watch_.log(); }
  void wait(std::chrono::microseconds at_most) override {
    watch_.wait(at_most);
  }
  std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

  [[nodiscard]] const std::string& id() const { return id_; }
  /// Before it is removed: its end is not news any more.
  void end() { watch_.end(); }

 private:
  std::string id_, url_;
  int pid_;
  Settings settings_;
  std::chrono::steady_clock::time_point started_;
  DockerWatch watch_;
};

/// What the processes of a container on this machine listen on; nullopt when
/// `pid` is not the container's first process here.
std::optional<std::vector<BoundSocket>> container_sockets(
    int pid, const std::string& id);

/// Where a container's port is reached from here; "" = nowhere.
std::string docker_url(const std::string& network, std::uint16_t port,
                       const ContainerFacts& facts);

}  // namespace rung
