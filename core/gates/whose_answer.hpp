#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/platform.hpp"

namespace rung {

/// The program that answers a connection to `address` ("127.0.0.1", "::1")
/// although it is not the trial; nullopt = the trial answers, or nobody can
/// tell. `listeners` are those of the requested port. If the trial and another
/// program share the port (SO_REUSEPORT), either may have answered, so this
/// returns the other program.
std::optional<PortListener> stranger_at(std::span<const PortListener> listeners,
                                        std::string_view address);

/// A program other than the trial that listens on this port, on any address:
/// the trial may have failed because of it. Port 0: nobody.
std::optional<PortListener> stranger_on(Deployment& deployment,
                                        std::uint16_t port);

/// A program other than the trial on a port that the trial could not bind, as
/// its failure says.
std::optional<PortListener> stranger_on_port_of(Deployment& deployment,
                                                const Failure& failure);

/// "port 8080 is held by node (pid 12), ..."; with `asked` ("http /health"),
/// also that it answered. This is a problem of this machine, not a fact about a
/// release.
Failure stranger_failure(const PortListener& stranger,
                         std::string_view asked = {});

}  // namespace rung
