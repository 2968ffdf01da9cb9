#pragma once

#include <map>
#include <string>

#include "core/nightly/suite_run.hpp"

namespace rung {

/// Id -> '+' passed, '-' failed, '?' not judged.
using Verdicts = std::map<std::string, char>;

inline Verdicts verdicts(const TestResults& tests) {
  Verdicts all;
  for (const auto& [id, result] : tests) {
    all[id] = result.verdict == TestVerdict::passed   ? '+'
              : result.verdict == TestVerdict::failed ? '-'
                                                      : '?';
  }
  return all;
}

}  // namespace rung
