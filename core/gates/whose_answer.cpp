#include "core/gates/whose_answer.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace rung {
namespace {

using Owner = PortListener::Owner;

/// The kernel gives a connection to the listener with the nearest address.
int nearness(std::string_view listens, std::string_view address) {
  if (listens == address) return 3;
  const bool v4 = address.find(':') == address.npos;
  if (v4 && listens == "0.0.0.0") return 2;
  if (listens == "::") return 1;
  return 0;
}

}  // namespace

std::optional<PortListener> stranger_at(std::span<const PortListener> listeners,
                                        std::string_view address) {
  int nearest = 0;
  for (const PortListener& one : listeners) {
    nearest = std::max(nearest, nearness(one.socket.address, address));
  }
  if (nearest == 0) return std::nullopt;
  for (const PortListener& one : listeners) {
    if (one.owner == Owner::stranger &&
        nearness(one.socket.address, address) == nearest) {
      return one;
    }
  }
  return std::nullopt;
}

std::optional<PortListener> stranger_on(Deployment& deployment,
                                        std::uint16_t port) {
  if (port == 0) return std::nullopt;
  const auto listeners = deployment.listeners(port);
  if (!listeners) return std::nullopt;
  const auto other = std::find_if(
      listeners->begin(), listeners->end(),
      [](const auto& one) { return one.owner == Owner::stranger; });
  if (other == listeners->end()) return std::nullopt;
  return *other;
}

std::optional<PortListener> stranger_on_port_of(Deployment& deployment,
                                                const Failure& failure) {
  if (failure.cause != "port-in-use") return std::nullopt;
  // A line has other numbers as well; nobody listens on those.
  static const RE2 number(R"((?:^|[^\d.])(\d{2,5})(?:[^\d.]|\.\D|\.?$))");
  const std::string said = found_and_likely(failure);
  re2::StringPiece rest = said;
  std::uint16_t port = 0;
  while (RE2::FindAndConsume(&rest, number, &port)) {
    if (auto other = stranger_on(deployment, port)) return other;
  }
  return std::nullopt;
}

Failure stranger_failure(const PortListener& stranger,
                         std::string_view asked) {
  std::string who = "a program that rung may not inspect";
  if (stranger.pid != 0) {
    who = fmt::format("{} (pid {})",
                      stranger.program.empty() ? "a program" : stranger.program,
                      stranger.pid);
  }
  Failure failure;
  failure.stage = Stage::listen;
  failure.cause = "port-in-use";
  failure.evidence = stranger.program;
  failure.message = fmt::format(
      "{}{}port {} is {} by {}, which is not a process of the trial; stop that "
      "program, or give the target another port",
      asked, asked.empty() ? "" : ": ", stranger.socket.port,
      asked.empty() ? "held" : "answered", who);
  return failure;
}

}  // namespace rung
