#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/doctor/checkup.hpp"

namespace rung {

/// What came of one HTTP request.
struct WebAnswer {
  int status = 0;       ///< 0 = no answer
  std::string problem;  ///< why not: "connection refused"
};

/// What a URL should answer.
struct WebExpectation {
  std::vector<int> statuses;  ///< empty = any below 500
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool met_by(const WebAnswer& answer) const;
};

/// `through`: the answer through the proxy of the environment, whose variable
/// is `proxy`; nullopt = no proxy is set for this URL. Programs take the way of
/// the environment, so that one decides; the other is told where they differ.
Judged judged_web(const WebExpectation& expected, const WebAnswer& directly,
                  const std::optional<WebAnswer>& through,
                  const std::string& proxy);

}  // namespace rung
