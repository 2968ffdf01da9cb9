#include "core/nightly/suite_run.hpp"

#include <utility>

namespace rung {
namespace {

int weight(TestVerdict verdict) {
  if (verdict == TestVerdict::failed) return 2;
  return verdict == TestVerdict::passed ? 1 : 0;
}

}  // namespace

std::string test_id(const std::string& group, const std::string& name) {
  return group.empty() || group == name ? name : group + "::" + name;
}

void add_result(TestResults& results, TestResult result) {
  const std::string id = test_id(result.group, result.name);
  const auto [at, added] = results.try_emplace(id, result);
  if (added) return;
  const double seconds = at->second.seconds + result.seconds;
  if (weight(result.verdict) > weight(at->second.verdict)) {
    at->second = std::move(result);
  }
  at->second.seconds = seconds;
}

}  // namespace rung
