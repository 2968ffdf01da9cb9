#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/gates/health_check.hpp"
#include "core/model/gate.hpp"

namespace rung {

/// The answer of a service.
struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< in order
  std::string body;
  bool cut = false;  ///< the body was longer than the limit
  std::chrono::microseconds took{0};
  /// Target of a redirect that was followed: "/login", or an address of another
  /// host; "" = none.
  std::string redirected_to = {};
};

/// The note of a pass that came from another place than the gate asked.
constexpr std::string_view kRedirectedTo = " passes; it redirects to ";

/// Compares an answer with the gate's conditions. On success, adds the gate's
/// `save` entries to `saved`. Messages are stable: they name the request and
/// the failed condition, never times or contents.
CheckResult judge(const HttpGate& gate, const HttpAnswer& answer, Saved& saved);

/// Whether judge() needs the body.
bool needs_body(const HttpGate& gate);

/// "GET /health": the request as written, without a password.
std::string asked(const HttpGate& gate);

}  // namespace rung
