#include "core/nightly/suite_run.hpp"

#include <utility>

namespace rung {
namespace {

const std::string kPlain = "::", kUnclear = " :: ";

int weight(TestVerdict verdict) {
  if (verdict == TestVerdict::failed) return 2;
  return verdict == TestVerdict::passed ? 1 : 0;
}

}  // namespace

std::string test_id(const std::string& group, const std::string& name) {
  if (group.empty() || group == name) return name;
  // At the first ':' of ":::", where the group ends is not to be seen either.
  const bool unclear = name.find("::") != name.npos || name.starts_with(':');
  return group + (unclear ? kUnclear : kPlain) + name;
}

std::string name_in_id(const std::string& id, std::size_t group_size) {
  if (group_size == 0 || group_size >= id.size()) return id;
  const auto& between = id[group_size] == ' ' ? kUnclear : kPlain;
  return group_size + between.size() > id.size()
             ? id
             : id.substr(group_size + between.size());
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
