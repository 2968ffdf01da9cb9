#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/gates/health_check.hpp"
#include "core/model/gate.hpp"

namespace rung {

/// What a service answered.
struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< in order
  std::string body;
  bool cut = false;  ///< the body was longer than what is read
  std::chrono::microseconds took{0};
  /// Where a redirect that was followed led: "/login", or an address of
  /// another host; "" = nowhere.
  std::string redirected_to = {};
};

/// What a pass is noted with when another place answered for it than was asked.
constexpr std::string_view kRedirectedTo = " passes; it redirects to ";

/// Holds an answer against what the gate asks for. On success the gate's
/// `save` entries are added to `saved`. Messages are stable: they name what was
/// asked and what failed, never times or contents.
CheckResult judge(const HttpGate& gate, const HttpAnswer& answer, Saved& saved);

/// Whether judging needs the body at all.
bool needs_body(const HttpGate& gate);

/// "GET /health": what is asked, as written, without a password.
std::string asked(const HttpGate& gate);

}  // namespace rung
