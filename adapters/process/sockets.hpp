#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/model/platform.hpp"

namespace rung {

/// The TCP sockets in state LISTEN that these processes hold, each once, in
/// order of address and port. An IPv4 address bound through an IPv6 socket
/// appears as IPv4. A pid that has vanished, or that rung cannot inspect, has
/// none. About 0.1 ms for a handful of processes.
std::vector<BoundSocket> listening_sockets(std::span<const pid_t> pids);

/// A TCP port that no program uses on any address, and that this function has
/// not returned before in this process. It is outside the kernel's range for
/// outgoing connections, so that none of these can take it before it is bound.
/// Thread-safe. Throws PlatformError if there is none.
std::uint16_t free_port();

/// The TCP ports that processes below this one listen on and that they chose
/// themselves: neither free_port() nor the kernel gave them.
std::set<std::uint16_t> chosen_ports();

/// True if a server could now listen on the port, on all addresses. Connections
/// that an earlier server left in TIME_WAIT do not count, because servers set
/// SO_REUSEADDR.
bool port_free(std::uint16_t port);

struct PortHolder {
  pid_t pid = 0;
  std::string command;  ///< "node"
};
/// The program that listens on the port; nullopt if none does or rung cannot
/// see it.
std::optional<PortHolder> port_holder(std::uint16_t port);

/// "port 10000 is in use by node (pid 123)", for the error.
std::string describe_port_in_use(std::uint16_t port);

}  // namespace rung
