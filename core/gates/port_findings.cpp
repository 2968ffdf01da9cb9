#include "core/gates/port_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/diagnosis/signature.hpp"


namespace rung {
namespace {

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" ||
         address == "localhost" || address.starts_with("::ffff:127.");
}

/// "127.0.0.1:3000", "[::1]:3000".
std::string endpoint(const BoundSocket& socket) {
  return socket.address.find(':') == std::string::npos
             ? fmt::format("{}:{}", socket.address, socket.port)
             : fmt::format("[{}]:{}", socket.address, socket.port);
}

/// "8081", "8081 and 8082", "8081, 8082 and 8083".
std::string enumerated(const std::set<std::uint16_t>& ports) {
  std::string text;
  std::size_t left = ports.size();
  for (const auto port : ports) {
    text += std::to_string(port);
    --left;
    if (left > 0) text += left == 1 ? " and " : ", ";
  }
  return text;
}

Failure listen_failure(std::uint16_t routed, std::string cause,
                       std::string evidence, std::string message) {
  Failure failure{.stage = Stage::listen,
                  .cause = std::move(cause),
                  .evidence = std::move(evidence),
                  .message = std::move(message),
                  .signature = {},
                  .port = routed};
  failure.signature = signature(failure);
  return failure;
}

std::optional<Failure> failure_of(std::span<const BoundSocket> bound,
                                  std::uint16_t routed, bool needs_all) {
  if (bound.empty()) {
    return listen_failure(
        routed, "no-port-bound", "",
        fmt::format("nothing is bound, the platform routes to port {}",
                    routed));
  }
  const BoundSocket* loopback = nullptr;
  for (const auto& socket : bound) {
    if (socket.port != routed) continue;
    if (!needs_all || !is_loopback(socket.address)) return std::nullopt;
    if (loopback == nullptr) loopback = &socket;
  }
  if (loopback != nullptr) {
    return listen_failure(
        routed, "bound-to-localhost", endpoint(*loopback),
        fmt::format("bound to {} only, the platform needs 0.0.0.0:{}",
                    endpoint(*loopback), routed));
  }
  // The lowest reachable port is the likeliest web server; a loopback socket
  // is usually a helper (a debugger, a metrics agent).
  std::set<std::uint16_t> open, local;
  for (const auto& socket : bound) {
    (is_loopback(socket.address) ? local : open).insert(socket.port);
  }
  const auto& ports = open.empty() ? local : open;
  return listen_failure(routed, "wrong-port", std::to_string(*ports.begin()),
                        fmt::format("bound to {}, the platform routes to {}",
                                    enumerated(ports), routed));
}

}  // namespace

PortFinding judge_ports(std::span<const BoundSocket> bound,
                        std::uint16_t routed_port, Emulation emulate) {
  PortFinding finding;
  if (routed_port == 0) return finding;  // a worker: nothing is routed to it
  // Sources: Render web services ("bind to 0.0.0.0"), Cloud Run container
  // contract ("listen on 0.0.0.0"); both route one public port.
  const bool one_public_port =
      emulate == Emulation::render || emulate == Emulation::cloudrun;
  // A container in a network of its own is entered from outside as well.
  finding.failure = failure_of(bound, routed_port,
                               one_public_port || emulate == Emulation::docker);
  std::set<std::uint16_t> others;
  for (const auto& socket : bound) {
    if (socket.port != routed_port && !is_loopback(socket.address)) {
      others.insert(socket.port);
    }
  }
  if (one_public_port && finding.failure &&
      finding.failure->cause == "wrong-port") {
    others.clear();  // the message names them already
  }
  if (one_public_port && !others.empty()) {
    finding.notes.push_back(
        fmt::format("also binds {}, which this platform does not route",
                    enumerated(others)));
  }
  return finding;
}

}  // namespace rung
