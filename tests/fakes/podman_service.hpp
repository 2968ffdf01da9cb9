#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "adapters/docker/engine.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/system_clock.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {

/// A real `podman system service` with everything of its own: socket, images,
/// state, locks. It has the image of DockerDaemon. One for the test process;
/// it and all its containers end with the process, and so do its mounts.
class PodmanService {
 public:
  /// Null, with a warning that says why, where it cannot run.
  static PodmanService* shared();
  PodmanService();
  ~PodmanService();

  [[nodiscard]] std::filesystem::path socket() const {
    return folder_.path() / "s";
  }
  /// To ask it behind the adapter's back.
  [[nodiscard]] DockerEngine& engine() { return *engine_; }
  /// Of a registry on 127.0.0.1 that it would speak to without TLS.
  [[nodiscard]] std::uint16_t registry_port() const { return registry_port_; }
  /// How often a container with the label rung.app=APP was started. From its
  /// own notes: it answers no question about events once it has built an
  /// image (4.3: its reader does not know the word "build").
  [[nodiscard]] std::size_t starts(const std::string& app) const;

 private:
  void configure() const;
  void remove_containers();

  TempFolder folder_;
  SystemClock clock_;
  std::uint16_t registry_port_;
  std::optional<Process> process_;
  std::unique_ptr<DockerEngine> engine_;
};

}  // namespace rung::fakes
