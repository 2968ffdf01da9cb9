#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "adapters/docker/engine.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Follows a container's log on a thread and a connection of its own, and
/// learns of its end from the end of the log: while nothing happens nothing is
/// asked. Thread-safe.
class DockerWatch {
 public:
  /// `tail`: how many lines of what was written before; nullopt = all.
  DockerWatch(std::unique_ptr<DockerEngine> engine, std::string container,
              std::optional<unsigned> tail = std::nullopt);
  ~DockerWatch();
  DockerWatch(const DockerWatch&) = delete;
  DockerWatch& operator=(const DockerWatch&) = delete;

  /// Set once it has ended; the log is whole by then. Throws PlatformError
  /// when it cannot be known any more: the engine is gone, or somebody
  /// removed the container.
  [[nodiscard]] std::optional<Exit> exited() const;
  [[nodiscard]] std::string log() const;
  /// Until something is written, it ends, or `at_most` is over; throws
  /// Interrupted.
  void wait(std::chrono::microseconds at_most);
  /// Nobody wants to know any more: returns once nothing is asked. exited() is
  /// set then; of a container that ran until now to the status of SIGKILL.
  void end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
