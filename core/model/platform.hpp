#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/model/emulation.hpp"
#include "core/model/release.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// Everything that one release needs to run. plans/generate and cmd/ make it; a
/// Platform consumes it. `env` holds secrets: never print a Bundle or store all
/// of it.
struct Bundle {
  Release release;
  std::string id;  ///< release_id, names folders and labels
  /// The environment of the process: the release's env with secrets and service
  /// addresses filled in. The platform adds the variables that the emulated
  /// platform injects.
  std::map<std::string, std::string> env;
  /// Path relative to the deployed folder -> content, written over the commit.
  std::map<std::string, std::string> files;
};

/// How a process ended.
struct Exit {
  int code = 0;    ///< exit code when signal == 0
  int signal = 0;  ///< terminating signal, else 0
  bool oom = false;
};

/// A socket in state LISTEN that belongs to the trial's processes.
struct BoundSocket {
  std::string address;  ///< "0.0.0.0", "127.0.0.1", "::", "::1", ...
  std::uint16_t port = 0;
  friend auto operator<=>(const BoundSocket&, const BoundSocket&) = default;
};

/// A program that listens on a port of this machine.
struct PortListener {
  enum class Owner {
    trial,     ///< a process of the trial
    stranger,  ///< certainly another program
    unknown,   ///< rung cannot inspect all of the trial's processes
  } owner = Owner::unknown;
  BoundSocket socket;
  std::uint64_t number = 0;  ///< the kernel's: a reopened socket has a new one
  std::int64_t pid = 0;  ///< a stranger's; 0 = rung cannot see it
  std::string program;   ///< "node"
  std::set<std::int64_t> held_by;  ///< processes of the trial
};

/// One running deployment of a release. Not thread-safe.
class Deployment {
 public:
  virtual ~Deployment() = default;
  /// The address of the service for gates, e.g. "http://127.0.0.1:10000",
  /// without a slash at the end. Empty if the platform routes no port.
  [[nodiscard]] virtual std::string url() const = 0;
  /// The port the platform routes to; 0 = none.
  [[nodiscard]] virtual std::uint16_t routed_port() const = 0;
  [[nodiscard]] virtual Emulation emulates() const { return Emulation::none; }
  /// True if the platform reports a deployment as ready only after it has found
  /// the routed port open. It then need not report what is bound.
  [[nodiscard]] virtual bool port_checked() const { return false; }
  /// The environment the process was given (for $NAME in gates).
  [[nodiscard]] virtual const std::map<std::string, std::string>& env()
      const = 0;
  /// Set once the main process has ended.
  [[nodiscard]] virtual std::optional<Exit> exited() = 0;
  /// The sockets on which its processes listen now; nullopt = this platform
  /// cannot tell.
  [[nodiscard]] virtual std::optional<std::vector<BoundSocket>> sockets() = 0;
  /// The programs that listen on this port of this machine now, the trial or
  /// others; nullopt = this platform cannot tell.
  [[nodiscard]] virtual std::optional<std::vector<PortListener>> listeners(
      std::uint16_t) {
    return std::nullopt;
  }
  /// stdout and stderr so far in arrival order, at most the last 1 MiB.
  [[nodiscard]] virtual std::string log() = 0;
  /// Waits, but returns early if the process exits or writes to its log.
  virtual void wait(std::chrono::microseconds at_most) = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point started()
      const = 0;
};

/// The platform examined this release and refused it: at the source, build or
/// release stage, or later if the platform judges starts itself. This is a fact
/// about the release, so a probe counts it as a failure.
struct Refused {
  Failure failure;
  std::string log;  ///< the build's output, at most the last 1 MiB
  /// A signal killed it, and somebody else may have sent that signal.
  bool killed = false;
};

/// What a platform can do in addition to one trial after the other.
struct Capabilities {
  /// A trial needs the port that rung's live release holds. Call
  /// LivePlatform::stop() first, or else the old release answers for the new
  /// one.
  bool shares_live_port = false;
  bool several_trials = false;  ///< of one target, side by side
  /// Only after withdraw() a deployment's log() has all that it wrote.
  bool log_is_whole_at_the_end = false;
};

/// Where a release runs. One class per platform, in adapters/.
/// Not thread-safe: one Platform serves one probe at a time.
class Platform {
 public:
  virtual ~Platform() = default;
  /// The name as written in a plan file, e.g. "local". Stable, because journals
  /// keep it.
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Capabilities capabilities() const = 0;
  /// Starts a trial of `bundle` beside the live release. Started is not
  /// healthy: the gates decide that. Throws PlatformError if the platform could
  /// not be used.
  virtual std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) = 0;
  /// Stops and removes the deployment. Idempotent: it is not an error to
  /// withdraw it twice, or after it has died.
  virtual void withdraw(Deployment& deployment) = 0;
  /// Removes everything that dead runs of this app and target left behind and
  /// undoes their changes. Never touches the live release. Returns one line for
  /// people per action. Called once before the first trial.
  virtual std::vector<std::string> clean_up() { return {}; }
};

}  // namespace rung
