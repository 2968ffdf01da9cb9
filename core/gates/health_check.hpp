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
  /// Set unless passed. `signature` is left empty: the prober fills it.
  std::optional<Failure> failure = std::nullopt;
  /// No later look can change this fact (a process that has ended, a command
  /// that said 125): do not wait for the deadline.
  bool decisive = false;
  /// When another look is worth its price.
  enum class Again {
    later,      ///< something answered, or it is far away: growing interval
    soon,       ///< nothing listens on this machine yet: asking costs nothing
    on_output,  ///< what the service writes decides
  } again = Again::later;
  /// The port of this machine that was asked; 0 = none, or elsewhere. Lets
  /// hold() judge a refused connection by the sockets the service did open.
  std::uint16_t local_port = 0;
  /// Of a pass: what is worth telling about it; "" = nothing.
  std::string note = {};
};

/// A look that failed, as most checks put it.
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

/// What gates of one phase share: values saved by earlier gates.
using Saved = std::map<std::string, std::string>;

/// One attempt of one kind of gate; implementations live in adapters/.
class HealthCheck {
 public:
  virtual ~HealthCheck() = default;
  /// Looks once; never longer than `at_most`. Throws nothing for an unhealthy
  /// service; PlatformError only if this machine cannot look at all.
  virtual CheckResult look(Deployment& deployment, Saved& saved,
                           std::chrono::milliseconds at_most) = 0;
};

}  // namespace rung
