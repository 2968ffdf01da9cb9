#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapters/process/file_descriptor.hpp"
#include "core/gates/health_check.hpp"

namespace rung {

/// How long a look may take: until its time is over, or the process it looks
/// at has ended.
class Patience {
 public:
  Patience(Deployment& deployment, std::chrono::milliseconds at_most)
      : deployment_(deployment),
        until_(std::chrono::steady_clock::now() + at_most) {}
  /// False once there is no point in going on. Throws Interrupted.
  [[nodiscard]] bool left() const;
  [[nodiscard]] std::chrono::milliseconds time_left() const;
  /// The longest single wait, so that an exit is noticed.
  [[nodiscard]] std::chrono::milliseconds slice() const;
  /// Waits for poll(2) events; false = no patience left.
  [[nodiscard]] bool wait(int fd, short events) const;

 private:
  Deployment& deployment_;
  std::chrono::steady_clock::time_point until_;
};

struct HostPort {
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
};
/// "HOST:PORT", "[::1]:PORT"; port 0 = it cannot be read.
HostPort host_port(std::string_view address);

/// An address to connect to.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] std::string text() const;  ///< numeric, without the port
};

struct Resolved {
  enum class Kind { found, no_such_name, no_resolver } kind = Kind::found;
  std::vector<Address> addresses;
};
/// Numeric addresses and "localhost" need no resolver. Never takes longer than
/// `at_most`; a resolver that does not answer in time is no_resolver.
Resolved resolve(const std::string& host, std::uint16_t port,
                 std::chrono::milliseconds at_most);
/// Whether `host` is this machine by its loopback address or "localhost".
bool is_loopback(const std::string& host);

/// What came of trying to connect.
enum class Reach {
  connected,
  refused,       ///< nothing listens
  silent,        ///< no answer in time
  unreachable,   ///< a router says that the host is not there
  no_such_name,  ///< the name does not exist
  no_resolver,   ///< this machine cannot resolve names
  no_means,      ///< this machine has no descriptors, memory, ports or network
};
struct Dialed {
  Reach reach = Reach::silent;
  FileDescriptor fd;  ///< non-blocking; set when connected
};

/// Connects, again and again at little cost while nothing listens.
class Dialer {
 public:
  Dialed dial(const HostPort& target, const Patience& patience);

 private:
  Dialed dial(const Address& address, std::uint16_t port,
              const Patience& patience);
  /// One per address: a refused socket is used again with its source port.
  std::vector<std::pair<std::string, FileDescriptor>> idle_;
};

/// The failed look for a `reach` that is not connected. `what` was asked, as
/// the user wrote it: "tcp db:5432". `local_port`: of this machine, 0 = not.
CheckResult not_reached(Reach reach, const std::string& what,
                        const std::string& host_as_written,
                        std::uint16_t local_port);

/// `result` as trouble of this machine.
CheckResult infra(std::string cause, std::string message,
                  std::string evidence = {});
CheckResult decisive(CheckResult result);

}  // namespace rung
