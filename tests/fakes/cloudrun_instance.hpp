#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/clock.hpp"

namespace rung::fakes {

/// What one revision of the fake Cloud Run is to run.
struct CloudRunRevision {
  std::string name, service;
  std::string image;                 ///< "registry/app:COMMIT"
  std::vector<std::string> command;  ///< command and args; empty = the image's
  std::map<std::string, std::string> env;  ///< without what is injected
  std::uint16_t port = 8080;               ///< containerPort
  std::string probe_path;                  ///< startup probe; "" = TCP
  std::chrono::milliseconds start_deadline{240'000};
};

/// One revision's instance, from its start on. look() never blocks and is
/// called again and again. Destroying it ends it.
class CloudRunInstance {
 public:
  enum class State {
    starting,
    ready,
    no_image,
    exited,         ///< before the startup probe passed
    no_listen,      ///< alive when the time was over
    unhealthy,      ///< the startup probe was answered with an error
    internal,       ///< the platform's own fault
    exited_later,   ///< having been ready
  };
  virtual ~CloudRunInstance() = default;
  virtual State look() = 0;
  [[nodiscard]] virtual int code() const { return 0; }  ///< exit or HTTP status
  /// stdout and stderr since the last call.
  virtual std::vector<std::string> take_lines() = 0;
  /// A socket to it, as the platform's router has; -1 = nowhere.
  [[nodiscard]] virtual int connect() const { return -1; }
};

using MakeCloudRunInstance =
    std::function<std::unique_ptr<CloudRunInstance>(const CloudRunRevision&)>;

/// Nothing runs: what would happen is looked up, and takes the clock's time.
struct CloudRunOutcome {
  CloudRunInstance::State end = CloudRunInstance::State::ready;
  int code = 0;
  std::vector<std::string> lines = {};
  std::chrono::milliseconds start{8000};
};
MakeCloudRunInstance looked_up_instances(
    std::function<CloudRunOutcome(const CloudRunRevision&)> table,
    const Clock& clock);

/// Really runs it: the image's tag is a commit of `repository`, checked out
/// below `work`; the process gets the revision's env, PORT and K_*, and a
/// network of its own, as in a container. With `shared_network`, or where this
/// machine does not allow that, they share this machine's (what listens here
/// can be reached), PORT is a free port of its own, and who ignores PORT and
/// listens on the container's port is found there.
struct CloudRunProcesses {
  std::filesystem::path repository, work;
  std::string path;     ///< the folder of the repository that the image holds
  std::string command;  ///< the image's own, for sh
  bool shared_network = false;
  /// Nothing is given longer to start: the platform's minutes scaled down.
  std::chrono::milliseconds patience{240'000};
};
MakeCloudRunInstance running_instances(CloudRunProcesses how);

}  // namespace rung::fakes
