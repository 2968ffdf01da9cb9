#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/model/platform.hpp"

namespace rung {

/// The kernel's number of a socket; 0 = the kernel's own.
using Inode = std::uint64_t;

/// A TCP socket in state LISTEN, held by any process.
struct Listener {
  BoundSocket socket;
  Inode inode = 0;
};

/// All listeners in the network of a process; "self" is this process.
std::vector<Listener> listeners_seen_by(const std::string& pid);
/// Identifies the network of a process; equal = they share it.
std::string network_of(const std::string& pid);

/// Adds the sockets that a process holds. False: this user cannot inspect it. A
/// process that has vanished has none.
bool add_sockets(pid_t pid, std::set<Inode>& inodes);
/// For each of these sockets, a process that holds it, if one is visible. Looks
/// at all processes, which takes milliseconds.
std::map<Inode, pid_t> socket_holders(std::set<Inode> wanted);

}  // namespace rung
