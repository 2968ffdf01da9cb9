#include "adapters/doctor/port_state.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

#include "adapters/gates/who_answers.hpp"
#include "adapters/process/sockets.hpp"
#include "adapters/process/tree.hpp"

namespace rung {

Judged judged_port(std::uint16_t port, pid_t keeper) {
  if (port_free(port)) return fine("free");
  const auto tree = [keeper] {
    std::array<pid_t, 4096> below{};
    const std::size_t count =
        keeper > 0 ? descendants_of(keeper, below) : std::size_t{0};
    return std::vector<pid_t>(below.begin(),
                              below.begin() + static_cast<long>(count));
  };
  const std::vector<PortListener> listeners = port_listeners(port, tree);
  bool own = false;
  for (const PortListener& listener : listeners) {
    if (listener.owner == PortListener::Owner::stranger) {
      if (listener.pid == 0) {
        return failing("held by a program of another user",
                       fmt::format("as root: ss -ltnp sport = :{}", port));
      }
      return failing(
          fmt::format("held by {} (pid {})", listener.program, listener.pid),
          fmt::format("end it (kill {}), or give the target another port",
                      listener.pid));
    }
    own = own || listener.owner == PortListener::Owner::trial;
  }
  if (own) return fine("held by the release that serves");
  if (listeners.empty()) {
    // Bound to without listening, or below the ports that this user may have.
    return failing("this user cannot have it",
                   port < 1024 ? "take a port from 1024 on, or run as root"
                               : "look for a program that is bound to it");
  }
  return not_known("held; rung may not look at who holds it");
}

}  // namespace rung
