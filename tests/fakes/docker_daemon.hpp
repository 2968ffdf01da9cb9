#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "adapters/docker/engine.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/system_clock.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {

/// A real dockerd with everything of its own: socket, data, state; without a
/// bridge, so that it needs no right to change the machine's network. One for
/// the test process, started at the first use; it and all its containers end
/// with the process, however that ends, and so do its mounts.
class DockerDaemon {
 public:
  /// Null, and the test is skipped(), where it cannot run.
  static DockerDaemon* shared();
  /// The same as the only member of a swarm.
  static DockerDaemon* shared_swarm();
  DockerDaemon();
  ~DockerDaemon();

  [[nodiscard]] std::filesystem::path socket() const {
    return folder_.path() / "s";
  }
  /// To ask it behind the adapter's back.
  [[nodiscard]] DockerEngine& engine() { return *engine_; }
  /// An image with the test service as /service and nothing else.
  static constexpr const char* kServiceImage = "rung-test/service:1";

  /// From now on it is the only member of a swarm.
  void join_swarm();

 private:
  TempFolder folder_;
  SystemClock clock_;
  std::optional<Process> process_;
  std::unique_ptr<DockerEngine> engine_;
  bool in_swarm_ = false;
};

/// Makes DockerDaemon::kServiceImage in `engine`; `folder` is made for it.
void build_service_image(DockerEngine& engine,
                         const std::filesystem::path& folder);

/// Whether a program is where Debian puts those of an engine.
bool installed(const std::string& program);

}  // namespace rung::fakes
