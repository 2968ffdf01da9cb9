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

#include "core/model/release.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// What one release needs to run: made by plans/generate and cmd/, consumed
/// by a Platform. Holds secrets in `env`; never printed, never stored whole.
struct Bundle {
  Release release;
  std::string id;  ///< release_id, names folders and labels
  /// What the process gets: the release's env with secrets and service
  /// addresses filled in. The platform adds what the emulated platform injects.
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

/// Who listens on a port of this machine.
struct PortListener {
  enum class Owner {
    trial,     ///< a process of the trial
    stranger,  ///< certainly another program
    unknown,   ///< rung may not look into all of the trial's processes
  } owner = Owner::unknown;
  BoundSocket socket;
  std::uint64_t number = 0;  ///< the kernel's: a socket opened anew has another
  std::int64_t pid = 0;  ///< a stranger's; 0 = rung cannot see it
  std::string program;   ///< "node"
  std::set<std::int64_t> held_by;  ///< which processes of the trial
};

/// One running deployment of a release. Not thread-safe.
class Deployment {
 public:
  virtual ~Deployment() = default;
  /// Where gates reach the service, e.g. "http://127.0.0.1:10000"; no slash
  /// at the end. Empty when the platform routes no port.
  [[nodiscard]] virtual std::string url() const = 0;
  /// The port the platform routes to; 0 = none.
  [[nodiscard]] virtual std::uint16_t routed_port() const = 0;
  /// Whose rules for ports and addresses hold: "render", "cloudrun", "docker"
  /// (a network of its own), "none".
  [[nodiscard]] virtual std::string_view emulates() const { return "none"; }
  /// The platform calls nothing ready before it has found the routed port open
  /// itself: it need not tell what is bound.
  [[nodiscard]] virtual bool port_checked() const { return false; }
  /// The environment the process was given (for $NAME in gates).
  [[nodiscard]] virtual const std::map<std::string, std::string>& env()
      const = 0;
  /// Set once the main process has ended.
  [[nodiscard]] virtual std::optional<Exit> exited() = 0;
  /// What its processes listen on now; nullopt = this platform cannot tell.
  [[nodiscard]] virtual std::optional<std::vector<BoundSocket>> sockets() = 0;
  /// Who listens on this port of this machine now, the trial or others;
  /// nullopt = this platform cannot tell.
  [[nodiscard]] virtual std::optional<std::vector<PortListener>> listeners(
      std::uint16_t) {
    return std::nullopt;
  }
  /// stdout and stderr so far in arrival order, at most the last 1 MiB.
  [[nodiscard]] virtual std::string log() = 0;
  /// Waits, but returns early when the process ends or writes to its log.
  virtual void wait(std::chrono::microseconds at_most) = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point started()
      const = 0;
};

/// The platform examined this release and said no: at the source, build or
/// release stage, or later where it judges starts itself. A fact about the
/// release, so a probe reads it as a failure.
struct Refused {
  Failure failure;
  std::string log;  ///< the build's output, at most the last 1 MiB
  /// It was ended by a signal that somebody else may have sent.
  bool killed = false;
};

/// What a platform can do, beyond one trial after the other.
struct Capabilities {
  bool trials_beside_live = false;  ///< a trial never takes the live's place
  /// A trial needs the very port that what rung serves holds: LivePlatform::
  /// stop() has to come first, else the old release answers for the new one.
  bool shares_live_port = false;
  bool several_trials = false;      ///< trials of one target run side by side
  bool keeps_live = false;          ///< it is a LivePlatform too
  bool tells_deploys = false;       ///< it is DeployRecords too
  bool sees_sockets = false;        ///< Deployment::sockets() is not nullopt
};

/// Where a release runs. One class per platform, in adapters/.
/// Not thread-safe: one Platform serves one probe at a time.
class Platform {
 public:
  virtual ~Platform() = default;
  /// As written in a plan file, e.g. "local". Stable: journals keep it.
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Capabilities capabilities() const = 0;
  /// Starts a trial of `bundle` beside what is live. Started is not healthy:
  /// the gates decide that. Throws PlatformError if it could not be asked.
  virtual std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) = 0;
  /// Stops and removes. Idempotent: withdrawing twice, or what has died, is
  /// not an error.
  virtual void withdraw(Deployment& deployment) = 0;
  /// Removes what runs of this app and target that are dead left behind, and
  /// puts back what they had changed. Never what serves. For people: what was
  /// done, a line each. Called once before the first trial.
  virtual std::vector<std::string> clean_up() { return {}; }
};

}  // namespace rung
