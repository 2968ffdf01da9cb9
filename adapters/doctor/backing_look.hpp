#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "adapters/doctor/looks.hpp"
#include "core/model/gate.hpp"

namespace rung {

/// A variable whose value is the URL of a backing service.
struct BackingVariable {
  std::string name, value;
  /// True: the service runs on this machine, so that what it needs has to be
  /// reached from here. Else a failure here tells nothing about the platform.
  bool used_here = true;
};

/// Resolves, connects and logs in as far as rung can; nullopt: the value is no
/// URL of such a service. Shows the variable's name and nothing of its value.
std::optional<Look> backing_look(const BackingVariable& variable,
                                 std::chrono::milliseconds at_most);

/// A gate that looks at something outside of the service itself.
Look outer_gate_look(const Gate& gate,
                     const std::map<std::string, std::string>& env,
                     std::chrono::milliseconds at_most);

}  // namespace rung
