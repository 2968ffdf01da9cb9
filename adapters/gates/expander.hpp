#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/gates/health_check.hpp"
#include "core/text/expand.hpp"

namespace rung {

/// Expands the words of one gate for one look. What it returns may hold
/// secrets; what it complains about does not.
class Expander {
 public:
  /// `gate`: how messages call the gate.
  Expander(Deployment& deployment, const Saved& saved, std::string gate)
      : env_(deployment.env()), saved_(saved), gate_(std::move(gate)) {}

  std::string operator()(std::string_view words) {
    Expansion expansion = expand(words, env_, saved_);
    if (!expansion.unknown.empty() && !problem_) {
      problem_ = failed(Stage::health, "missing-env-var",
                        gate_ + ": $" + expansion.unknown +
                            " is neither set in the release's environment nor "
                            "saved by an earlier gate",
                        expansion.unknown);
      problem_->decisive = true;
    }
    return std::move(expansion.text);
  }
  void refuse(const std::string& why) {
    if (problem_) return;
    problem_ = failed(Stage::health, "bad-env-value", gate_ + ": " + why);
    problem_->decisive = true;
  }
  /// Set when the words cannot be used; no later look can change that.
  [[nodiscard]] const std::optional<CheckResult>& problem() const {
    return problem_;
  }

 private:
  const std::map<std::string, std::string>& env_;
  const Saved& saved_;
  std::string gate_;
  std::optional<CheckResult> problem_;
};

}  // namespace rung
