#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "core/gates/health_check.hpp"

namespace rung::fakes {

/// Answers with `replies` in turn, the last one for ever; with `answer`, if
/// set, by what it says.
class ScriptedCheck : public HealthCheck {
 public:
  std::vector<CheckResult> replies;
  std::function<CheckResult()> answer;
  /// The same, by how long a look may take.
  std::function<CheckResult(std::chrono::milliseconds)> within;
  std::size_t looks = 0;

  static CheckResult passes() { return passed(); }
  static CheckResult fails(std::string message = "not yet") {
    return failed(Stage::health, "unknown", std::move(message));
  }
  static CheckResult infra() {
    CheckResult result =
        failed(Stage::network, "dns-failure", "the resolver is down");
    result.kind = CheckResult::Kind::infra;
    return result;
  }

  CheckResult look(Deployment&, Saved&,
                   std::chrono::milliseconds patience) override {
    if (within) return ++looks, within(patience);
    const std::size_t i = std::min(looks, replies.size() - 1);
    ++looks;
    return answer ? answer() : replies.at(i);
  }
};

}  // namespace rung::fakes
