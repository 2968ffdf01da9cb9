#include "adapters/process_sockets.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "adapters/process_tree.hpp"
#include "core/error.hpp"

namespace rung {
namespace {

using Inode = std::uint64_t;

struct Listener {
  BoundSocket socket;
  Inode inode = 0;
};

std::string link_target(int directory, const char* name) {
  std::array<char, 64> text;
  const ssize_t size = readlinkat(directory, name, text.data(), text.size());
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// Inodes of the sockets that a process holds.
void add_sockets(pid_t pid, std::set<Inode>& inodes) {
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = readdir(directory)) {
    const std::string target = link_target(dirfd(directory), entry->d_name);
    constexpr std::string_view kSocket = "socket:[";
    if (!target.starts_with(kSocket)) continue;
    Inode inode = 0;
    std::from_chars(target.data() + kSocket.size(),
                    target.data() + target.size(), inode);
    inodes.insert(inode);
  }
  closedir(directory);
}

/// `bytes` as on the wire: 4 for IPv4, 16 for IPv6.
std::string address_text(int family, const void* bytes) {
  std::array<unsigned char, 16> v6{};
  if (family == AF_INET6) {
    std::memcpy(v6.data(), bytes, v6.size());
    constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0,    0,
                                                    0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(kMapped.begin(), kMapped.end(), v6.begin())) {
      return address_text(AF_INET, v6.data() + kMapped.size());
    }
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, bytes, text.data(), text.size());
  return text.data();
}

/// Asks the kernel for the listeners alone: 0.02 ms, where reading
/// /proc/net/tcp walks the table of connections too, 2 ms on 24 GB machines.
/// nullopt: this kernel does not offer it.
std::optional<std::vector<Listener>> ask_kernel() {
  const int fd =
      socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) return std::nullopt;
  std::optional<std::vector<Listener>> listeners(std::in_place);
  for (const int family : {AF_INET, AF_INET6}) {
    struct {
      nlmsghdr header{};
      inet_diag_req_v2 request{};
    } question;
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    question.request.sdiag_family = static_cast<__u8>(family);
    question.request.sdiag_protocol = IPPROTO_TCP;
    question.request.idiag_states = 1U << TCP_LISTEN;
    bool more = send(fd, &question, sizeof question, 0) > 0;
    if (!more) listeners.reset();
    while (more) {
      alignas(nlmsghdr) std::array<char, 1 << 15> buffer;
      const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      auto left = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
      if (left == 0) listeners.reset();
      for (std::size_t at = 0; left >= sizeof(nlmsghdr);) {
        nlmsghdr header;
        std::memcpy(&header, buffer.data() + at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > left) break;
        if (header.nlmsg_type == NLMSG_DONE) more = false;
        if (header.nlmsg_type == NLMSG_ERROR) listeners.reset();
        if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY && listeners) {
          inet_diag_msg row;
          std::memcpy(&row, buffer.data() + at + NLMSG_HDRLEN, sizeof row);
          listeners->push_back({{address_text(family, row.id.idiag_src),
                                 ntohs(row.id.idiag_sport)},
                                row.idiag_inode});
        }
        const std::size_t step =
            std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
        at += step;
        left -= step;
      }
      if (!listeners) break;
    }
    if (!listeners) break;
  }
  close(fd);
  return listeners;
}

/// The listeners in the network namespace of `pid`, from /proc/PID/net/tcp*.
std::vector<Listener> read_tables(const std::string& pid) {
  std::vector<Listener> listeners;
  for (const int family : {AF_INET, AF_INET6}) {
    std::ifstream table("/proc/" + pid +
                        (family == AF_INET ? "/net/tcp" : "/net/tcp6"));
    std::string line;
    while (std::getline(table, line)) {
      std::array<char, 33> hex{};
      unsigned port = 0, state = 0;
      Inode inode = 0;
      // "sl: LOCAL:PORT REMOTE:PORT ST TX:RX TR:WHEN RETR UID TIMEOUT INODE"
      if (std::sscanf(line.c_str(),
                      "%*d: %32[0-9A-F]:%X %*[0-9A-F]:%*X %X %*s %*s %*s %*d "
                      "%*d %lu",
                      hex.data(), &port, &state, &inode) != 4 ||
          state != TCP_LISTEN) {
        continue;
      }
      // Groups of 8 digits, each a 32-bit word printed in host order.
      std::array<std::uint32_t, 4> words{};
      for (std::size_t i = 0; i < std::strlen(hex.data()) / 8; ++i) {
        std::from_chars(hex.data() + 8 * i, hex.data() + 8 * i + 8, words[i],
                        16);
      }
      listeners.push_back({{address_text(family, words.data()),
                            static_cast<std::uint16_t>(port)},
                           inode});
    }
  }
  return listeners;
}

std::string network_of(const std::string& pid) {
  return link_target(AT_FDCWD, ("/proc/" + pid + "/ns/net").c_str());
}

std::vector<Listener> listeners_seen_by(const std::string& pid) {
  if (pid == "self" || network_of(pid) == network_of("self")) {
    if (auto listeners = ask_kernel()) return *std::move(listeners);
  }
  return read_tables(pid);
}

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

/// The larger part of 10000..65535 that outgoing connections do not use.
Range server_ports() {
  unsigned low = 32'768, high = 60'999;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> low >> high;
  const Range below{10'000, low - 1}, above{high + 1, 65'535};
  const auto size = [](Range range) {
    return range.last < range.first ? 0 : range.last - range.first + 1;
  };
  if (size(below) == 0 && size(above) == 0) return {10'000, 65'535};
  return size(below) >= size(above) ? below : above;
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
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
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
    if (can_bind(port, false)) return port;
  }
  throw PlatformError(
      "no free TCP port between " + std::to_string(range.first) + " and " +
      std::to_string(range.last) + ": end some servers and try again");
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
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return std::nullopt;
  std::optional<PortHolder> holder;
  while (const dirent* entry = holder ? nullptr : readdir(proc)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    if (std::from_chars(name.begin(), name.end(), pid).ec != std::errc()) {
      continue;
    }
    std::set<Inode> inodes;
    add_sockets(pid, inodes);
    const bool holds =
        std::any_of(wanted.begin(), wanted.end(),
                    [&](Inode inode) { return inodes.contains(inode); });
    if (holds) holder = PortHolder{pid, command_name(pid)};
  }
  closedir(proc);
  return holder;
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
