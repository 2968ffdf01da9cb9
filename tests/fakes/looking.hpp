#pragma once

#include "adapters/gates/health_checks.hpp"
#include "core/gates/gate_words.hpp"
#include "core/model/gate.hpp"
#include "tests/fakes/live_deployment.hpp"

namespace rung::fakes {

/// One look by the gate that `words` describe.
inline CheckResult look(
    std::string_view words, Deployment& deployment, Saved& saved,
    std::chrono::milliseconds at_most = std::chrono::seconds(10)) {
  return make_health_check(parse_gate(words))->look(deployment, saved, at_most);
}
inline CheckResult look(std::string_view words, Deployment& deployment) {
  Saved saved;
  return look(words, deployment, saved);
}

/// "health/unknown: /ok is not true", "" for a pass; with what is unusual
/// about it in front: "decisive infra ...".
inline std::string said(const CheckResult& result) {
  if (result.kind == CheckResult::Kind::pass) return {};
  std::string text;
  if (result.decisive) text += "decisive ";
  if (result.kind == CheckResult::Kind::infra) text += "infra ";
  if (result.kind == CheckResult::Kind::skip) text += "skip ";
  if (!result.failure) return text + "without a failure";
  text += std::string(to_string(result.failure->stage)) + "/" +
          result.failure->cause;
  if (!result.failure->evidence.empty()) {
    text += "(" + result.failure->evidence + ")";
  }
  return text + ": " + result.failure->message;
}

}  // namespace rung::fakes
