#pragma once

#include <iostream>
#include <string>
#include <vector>

namespace rung::fakes {

/// Why tests of this process could not run, in the order found.
inline std::vector<std::string>& skips() {
  static std::vector<std::string> reasons;
  return reasons;
}

/// For a test that this machine lacks something for; the test returns next.
/// ctest then reports it as skipped: a skip must not pass for a success.
///
/// A test that runs several times, for its sections or for generated values,
/// counts as skipped only if no other run of it checked anything; what the run
/// that skips checked before does not count.
inline void skipped(const std::string& why) {
  skips().push_back(why);
  std::cout << "skipped: " << why << std::endl;
}

}  // namespace rung::fakes
