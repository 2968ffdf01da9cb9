#pragma once

#include <string>

namespace rung {

/// A value of Release::requirements for people. For a package from a lock file:
/// the versions (the line below holds the other facts about it). For several
/// lines of one package: all of them.
inline std::string requirement_text(std::string value) {
  const auto end = value.find('\n');
  if (end == std::string::npos) return value;
  if (value.compare(end + 1, 1, "{") == 0) return value.substr(0, end);
  for (auto at = end; at != std::string::npos; at = value.find('\n', at)) {
    value.replace(at, 1, ", ");
  }
  return value;
}

}  // namespace rung
