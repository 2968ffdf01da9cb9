#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/model/clock.hpp"
#include "core/model/gate.hpp"
#include "core/model/platform.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// One look at a deployment by one gate.
struct CheckResult {
  enum class Kind { pass, fail, infra, skip } kind = Kind::fail;
  /// Set unless passed. Leave `signature` empty: the prober fills it.
  std::optional<Failure> failure = std::nullopt;
  /// No later look can change this fact (a process that has exited, a command
  /// that exited with 125): do not wait for the deadline.
  bool decisive = false;
  /// When to look again.
  enum class Again {
    later,      ///< something answered, or it is far away: growing interval
    soon,       ///< nothing listens on this machine yet: a look costs nothing
    on_output,  ///< the output of the service decides
  } again = Again::later;
  /// The port of this machine that the look used; 0 = none, or elsewhere. With
  /// it hold() judges a refused connection by the sockets that the service did
  /// open.
  std::uint16_t local_port = 0;
  /// For a pass: a note for the report; "" = none.
  std::string note = {};
};

/// Makes the result of a failed look, in the form that most checks use.
inline CheckResult failed(Stage stage, std::string cause, std::string message,
                          std::string evidence = {}) {
  CheckResult result;
  result.failure = Failure{stage, std::move(cause), std::move(evidence),
                           std::move(message), {}};
  return result;
}
inline CheckResult passed() {
  CheckResult result;
  result.kind = CheckResult::Kind::pass;
  return result;
}

/// Values that earlier gates of the same phase saved.
using Saved = std::map<std::string, std::string>;

/// One attempt of one kind of gate; implementations live in adapters/.
class HealthCheck {
 public:
  virtual ~HealthCheck() = default;
  /// Looks once, never longer than `at_most`. Does not throw if the service is
  /// unhealthy; throws PlatformError only if this machine cannot look at all.
  virtual CheckResult look(Deployment& deployment, Saved& saved,
                           std::chrono::milliseconds at_most) = 0;
};

}  // namespace rung
