#include "adapters/gates/connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include "adapters/process/interruption.hpp"
#include "core/text/port_number.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const sockaddr* raw(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

Address address_from(const sockaddr* from, socklen_t size) {
  Address address;
  std::memcpy(&address.storage, from, size);
  address.size = size;
  return address;
}

std::uint16_t port_of(const sockaddr_storage& storage) {
  // Both families keep the port in the same place.
  sockaddr_in in{};
  std::memcpy(&in, &storage, sizeof in);
  return ntohs(in.sin_port);
}

std::uint16_t local_port_of(int fd) {
  sockaddr_storage self{};
  socklen_t size = sizeof self;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&self), &size) != 0) return 0;
  return port_of(self);
}

// A connection from a port to itself: TCP allows it (simultaneous open), and
// who asks a port of the ephemeral range often enough will meet it.
bool is_own_echo(int fd) {
  sockaddr_storage self{}, peer{};
  socklen_t self_size = sizeof self, peer_size = sizeof peer;
  return getsockname(fd, reinterpret_cast<sockaddr*>(&self), &self_size) == 0 &&
         getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0 &&
         self_size == peer_size && std::memcmp(&self, &peer, self_size) == 0;
}

Reach reach_of(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
      return Reach::refused;
    case ETIMEDOUT:
      return Reach::silent;
    case EHOSTUNREACH:
    case EHOSTDOWN:
      return Reach::unreachable;
    default:  // EMFILE, ENOBUFS, EADDRNOTAVAIL, ENETUNREACH, EPERM, ...
      return Reach::no_means;
  }
}

// For loopback the source port is chosen once and is never the one asked for:
// an unbound socket could, by chance, take the very port the service wants.
FileDescriptor make_socket(const Address& to, std::uint16_t port) {
  FileDescriptor refused;  // kept open so that the kernel picks another port
  for (int i = 0; i < 3; ++i) {
    FileDescriptor fd(::socket(to.storage.ss_family,
                   SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd || !to.is_loopback()) return fd;
    sockaddr_storage from = to.storage;
    sockaddr_in in{};  // the port again
    std::memcpy(&in, &from, sizeof in);
    in.sin_port = 0;
    std::memcpy(&from, &in, sizeof in);
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&from), to.size) != 0) {
      return {};
    }
    if (local_port_of(fd.get()) != port) return fd;
    refused = std::move(fd);
  }
  return {};
}

}  // namespace

milliseconds Patience::time_left() const {
  const auto left = std::chrono::ceil<milliseconds>(
      until_ - std::chrono::steady_clock::now());
  return std::max(left, 0ms);
}

bool Patience::left() const {
  Interruption::check();
  return time_left() > 0ms && !deployment_.exited();
}

milliseconds Patience::slice() const {
  return std::min(time_left(), 20ms);
}

bool Patience::wait(int fd, short events) const {
  do {
    pollfd entry{fd, events, 0};
    if (::poll(&entry, 1, static_cast<int>(slice().count())) > 0) return true;
  } while (left());
  return false;
}

HostPort host_port(std::string_view address) {
  HostPort result;
  const std::size_t colon = address.rfind(':');
  if (colon == address.npos) return result;
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  const auto port = port_number(address.substr(colon + 1));
  if (!port || host.empty()) return result;
  result.host = host;
  result.port = *port;
  return result;
}

bool Address::is_loopback() const {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return (ntohl(in.sin_addr.s_addr) >> 24) == 127;
  }
  sockaddr_in6 in6{};
  std::memcpy(&in6, &storage, sizeof in6);
  return std::memcmp(&in6.sin6_addr, &in6addr_loopback,
                     sizeof in6addr_loopback) == 0;
}

std::string Address::text() const {
  std::string host(NI_MAXHOST, '\0');
  if (getnameinfo(raw(*this), size, host.data(),
                  static_cast<socklen_t>(host.size()), nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return {};
  }
  host.resize(std::strlen(host.c_str()));
  return host;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127;
  }
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 &&
         std::memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
}

namespace {

Resolved look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error =
      getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list,
                                                                 freeaddrinfo);
  Resolved result;
  if (error == EAI_NONAME || error == EAI_NODATA || error == EAI_FAIL) {
    result.kind = Resolved::Kind::no_such_name;
  } else if (error != 0) {
    result.kind = Resolved::Kind::no_resolver;
  }
  for (const addrinfo* i = list; i != nullptr; i = i->ai_next) {
    result.addresses.push_back(address_from(i->ai_addr, i->ai_addrlen));
  }
  return result;
}

/// getaddrinfo(3) cannot be interrupted, so it runs aside; whoever waits too
/// long leaves it behind with this.
struct LookUp {
  std::mutex mutex;
  std::condition_variable done;
  std::optional<Resolved> result;
};

}  // namespace

Resolved resolve(const std::string& host, std::uint16_t port,
                 milliseconds at_most) {
  if (host == "localhost") {
    Resolved both = look_up("127.0.0.1", port, AI_NUMERICHOST);
    const Resolved v6 = look_up("::1", port, AI_NUMERICHOST);
    both.addresses.insert(both.addresses.end(), v6.addresses.begin(),
                          v6.addresses.end());
    return both;
  }
  Resolved numeric = look_up(host, port, AI_NUMERICHOST);
  if (numeric.kind == Resolved::Kind::found) return numeric;

  const auto shared = std::make_shared<LookUp>();
  std::thread([shared, host, port] {
    Resolved found = look_up(host, port, 0);
    const std::lock_guard lock(shared->mutex);
    shared->result = std::move(found);
    shared->done.notify_one();
  }).detach();
  std::unique_lock lock(shared->mutex);
  shared->done.wait_for(lock, at_most,
                        [&] { return shared->result.has_value(); });
  Resolved late;
  late.kind = Resolved::Kind::no_resolver;
  return shared->result.value_or(late);
}

Dialed Dialer::dial(const HostPort& target, const Patience& patience) {
  const Resolved resolved =
      resolve(target.host, target.port, patience.time_left());
  if (resolved.kind == Resolved::Kind::no_such_name) {
    return {Reach::no_such_name, {}};
  }
  if (resolved.kind == Resolved::Kind::no_resolver) {
    return {Reach::no_resolver, {}};
  }
  Dialed best{Reach::no_means, {}};
  for (const Address& address : resolved.addresses) {
    Dialed dialed = dial(address, target.port, patience);
    if (dialed.reach == Reach::connected) return dialed;
    // "Refused" by one address says more than "no IPv6 here" by the other.
    if (best.reach == Reach::no_means) best.reach = dialed.reach;
  }
  return best;
}

Dialed Dialer::dial(const Address& address, std::uint16_t port,
                    const Patience& patience) {
  const std::string key = address.text();
  const auto idle = std::find_if(idle_.begin(), idle_.end(),
                                 [&](const auto& i) { return i.first == key; });
  FileDescriptor fd;
  if (idle != idle_.end()) {
    fd = std::move(idle->second);
    idle_.erase(idle);
  }
  if (!fd) fd = make_socket(address, port);
  if (!fd) return {Reach::no_means, {}};

  int error = 0;
  if (::connect(fd.get(), raw(address), address.size) != 0) {
    error = errno;
    if (error == EINPROGRESS) {
      if (!patience.wait(fd.get(), POLLOUT)) return {Reach::silent, {}};
      socklen_t size = sizeof error;
      getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0 && is_own_echo(fd.get())) {
    const linger at_once{1, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return {Reach::refused, {}};
  }
  if (error == 0) return {Reach::connected, std::move(fd)};
  const Reach reach = reach_of(error);
  // Linux lets a refused socket try again, and it keeps its source port.
  if (reach == Reach::refused && address.is_loopback()) {
    idle_.emplace_back(key, std::move(fd));
  }
  return {reach, {}};
}

CheckResult infra(std::string cause, std::string message,
                  std::string evidence) {
  CheckResult result = failed(Stage::network, std::move(cause),
                              std::move(message), std::move(evidence));
  result.kind = CheckResult::Kind::infra;
  return result;
}

CheckResult decisive(CheckResult result) {
  result.decisive = true;
  return result;
}

CheckResult not_reached(Reach reach, const std::string& what,
                        const std::string& host_as_written,
                        std::uint16_t local_port) {
  CheckResult result;
  switch (reach) {
    case Reach::connected:
    case Reach::silent:
      result = failed(Stage::health, "health-timeout",
                      fmt::format("{}: no answer", what), host_as_written);
      break;
    case Reach::refused:
      if (local_port != 0) {
        result = failed(
            Stage::listen, "no-port-bound",
            fmt::format("{}: nothing listens on port {}", what, local_port),
            std::to_string(local_port));
        result.again = CheckResult::Again::soon;
      } else {
        result = failed(Stage::health, "health-timeout",
                        fmt::format("{}: connections are refused", what),
                        host_as_written);
      }
      break;
    case Reach::unreachable:
      result = failed(Stage::network, "health-timeout",
                      fmt::format("{}: the host cannot be reached", what),
                      host_as_written);
      break;
    case Reach::no_such_name:
      result = failed(Stage::network, "dns-failure",
                      fmt::format("{}: the name does not exist", what),
                      host_as_written);
      break;
    case Reach::no_resolver:
      result = infra("dns-failure",
                     fmt::format("{}: this machine cannot resolve names now "
                                 "(see /etc/resolv.conf)",
                                 what),
                     host_as_written);
      break;
    case Reach::no_means:
      result = infra("platform-error",
                     fmt::format("{}: this machine cannot open a connection "
                                 "(descriptors, memory, or no network)",
                                 what));
      break;
  }
  result.local_port = local_port;
  return result;
}

}  // namespace rung
