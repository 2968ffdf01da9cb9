#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/nightly/suite_run.hpp"

namespace rung {

/// A report that cannot be relied on: it cannot be opened, is empty, ends in
/// the middle, contradicts itself, or is no report. what(): one line that says
/// which, without the file.
class BadReport : public Error {
  using Error::Error;
};

/// What one report tells.
struct TestReport {
  TestResults tests;
  std::size_t cases = 0;  ///< results listed; more than `tests` if names come
                          ///< twice
  std::size_t share_a_name = 0;  ///< of those, cases with the id of another
  /// A count of the report says that more tests failed than it lists.
  bool hides_failures = false;
};

/// The first line of a text that has words, without blanks around it; as much
/// of it as a message has room for, in whole characters.
std::string first_line(std::string_view text);

}  // namespace rung
