#include "adapters/process/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "adapters/process/listeners.hpp"
#include "adapters/process/tree.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

/// A bound socket closes again at once: 0, or why the port cannot be had.
int try_bind(int family, std::uint16_t port, bool reuse) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1, off = 0;
  if (reuse) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_in);
  if (family == AF_INET6) {
    // Not v6-only: then the kernel compares it with IPv4 sockets as well.
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    size = sizeof(sockaddr_in6);
  }
  address.ss_family = static_cast<sa_family_t>(family);
  const in_port_t wire = htons(port);
  // sin_port and sin6_port stand at the same place; the rest is 0 = any.
  std::memcpy(
      reinterpret_cast<char*>(&address) + offsetof(sockaddr_in, sin_port),
      &wire, sizeof wire);
  const int error =
      bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 ? 0
                                                                       : errno;
  close(fd);
  return error;
}

bool can_bind(std::uint16_t port, bool reuse) {
  const int error = try_bind(AF_INET6, port, reuse);
  if (error == EAFNOSUPPORT || error == EADDRNOTAVAIL) {
    return try_bind(AF_INET, port, reuse) == 0;
  }
  return error == 0;
}

struct Range {
  unsigned first, last;
};

/// The ports that the kernel gives to who does not ask for one.
Range kernel_ports() {
  Range range{32'768, 60'999};
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> range.first >>
      range.last;
  return range;
}

/// The larger part of 10000..65535 that outgoing connections do not use.
Range server_ports() {
  const auto [low, high] = kernel_ports();
  const Range below{10'000, low - 1}, above{high + 1, 65'535};
  const auto size = [](Range range) {
    return range.last < range.first ? 0 : range.last - range.first + 1;
  };
  if (size(below) == 0 && size(above) == 0) return {10'000, 65'535};
  return size(below) >= size(above) ? below : above;
}

/// What free_port() has returned.
struct Given {
  std::mutex mutex;
  std::set<std::uint16_t> ports;
};
Given& given() {
  static Given is;
  return is;
}

}  // namespace

std::vector<BoundSocket> listening_sockets(std::span<const pid_t> pids) {
  struct Network {
    std::string pid;  ///< of a process in it
    std::set<Inode> inodes;
  };
  std::map<std::string, Network> networks;  // nearly always one
  for (const pid_t pid : pids) {
    std::set<Inode> inodes;
    add_sockets(pid, inodes);
    if (inodes.empty()) continue;
    const std::string text = std::to_string(pid);
    Network& network = networks[network_of(text)];
    network.pid = text;
    network.inodes.merge(inodes);
  }
  std::set<BoundSocket> bound;
  for (const auto& [link, network] : networks) {
    for (const Listener& listener : listeners_seen_by(network.pid)) {
      if (network.inodes.contains(listener.inode)) {
        bound.insert(listener.socket);
      }
    }
  }
  return {bound.begin(), bound.end()};
}

std::uint16_t free_port() {
  const std::lock_guard lock(given().mutex);
  static const Range range = server_ports();
  // Begins anywhere, so that two rungs rarely meet; goes on in order, so that
  // no port comes twice.
  static unsigned next = [] {
    std::random_device random;
    return std::uniform_int_distribution(range.first, range.last)(random);
  }();
  for (unsigned tried = range.first; tried <= range.last; ++tried) {
    const auto port = static_cast<std::uint16_t>(next);
    next = next == range.last ? range.first : next + 1;
    if (!can_bind(port, false)) continue;
    given().ports.insert(port);
    return port;
  }
  throw PlatformError(
      "no free TCP port between " + std::to_string(range.first) + " and " +
      std::to_string(range.last) + ": end some servers and try again");
}

std::set<std::uint16_t> chosen_ports() {
  static const Range kernel = kernel_ports();
  std::array<pid_t, 4096> below{};
  const std::size_t count = descendants_of(getpid(), below);
  std::set<std::uint16_t> ports;
  const std::lock_guard lock(given().mutex);
  for (const auto& [address, port] :
       listening_sockets(std::span(below).first(count))) {
    const bool by_kernel = port >= kernel.first && port <= kernel.last;
    if (!by_kernel && !given().ports.contains(port)) ports.insert(port);
  }
  return ports;
}

bool port_free(std::uint16_t port) {
  return can_bind(port, true);
}

std::optional<PortHolder> port_holder(std::uint16_t port) {
  std::set<Inode> wanted;
  for (const Listener& listener : listeners_seen_by("self")) {
    if (listener.socket.port == port) wanted.insert(listener.inode);
  }
  if (wanted.empty()) return std::nullopt;
  const auto holders = socket_holders(wanted);
  if (holders.empty()) return std::nullopt;
  const pid_t pid = holders.begin()->second;
  return PortHolder{pid, command_name(pid)};
}

std::string describe_port_in_use(std::uint16_t port) {
  std::string text = "port " + std::to_string(port) + " is in use";
  if (const auto holder = port_holder(port)) {
    text +=
        " by " + holder->command + " (pid " + std::to_string(holder->pid) + ")";
  }
  return text;
}

}  // namespace rung
