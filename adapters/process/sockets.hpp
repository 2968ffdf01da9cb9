#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/platform.hpp"

namespace rung {

/// The TCP sockets in state LISTEN that these processes hold, each once, in
/// order of address and port. An IPv4 address bound through an IPv6 socket is
/// shown as IPv4. A pid that has vanished, or that we may not look into, has
/// none. About 0.1 ms for a handful of processes.
std::vector<BoundSocket> listening_sockets(std::span<const pid_t> pids);

/// A TCP port that nothing uses, on any address, and that this process has not
/// been given before. Outside the range the kernel takes the ports of outgoing
/// connections from, so that none of these can snatch it before it is bound.
/// Thread-safe. Throws PlatformError if there is none.
std::uint16_t free_port();

/// True if a server could listen on the port, on all addresses, now.
/// Connections that an earlier server left in TIME_WAIT do not count, as
/// servers set SO_REUSEADDR.
bool port_free(std::uint16_t port);

struct PortHolder {
  pid_t pid = 0;
  std::string command;  ///< "node"
};
/// Who listens on the port; nullopt if nobody does or we may not know.
std::optional<PortHolder> port_holder(std::uint16_t port);

/// "port 10000 is in use by node (pid 123)", for the error.
std::string describe_port_in_use(std::uint16_t port);

}  // namespace rung
