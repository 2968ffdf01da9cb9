#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/platform.hpp"

namespace rung {

/// Whether the bound sockets fit the routed port, by the rules of a platform.
struct PortFinding {
  /// nullopt = an acceptable socket is open on the routed port.
  std::optional<Failure> failure;
  std::vector<std::string> notes;  ///< "also binds 8081, 8082: not routed"
};
PortFinding judge_ports(std::span<const BoundSocket> bound,
                        std::uint16_t routed_port, Emulation emulate);

}  // namespace rung
