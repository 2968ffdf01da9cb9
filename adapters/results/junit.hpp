#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "core/base/error.hpp"
#include "core/nightly/suite_run.hpp"

namespace rung {

/// A report that cannot be relied on: it cannot be opened, is empty, ends in
/// the middle, or is no report. what(): one line that says which, without the
/// file.
class BadReport : public Error {
  using Error::Error;
};

/// What one report file tells.
struct TestReport {
  TestResults tests;
  std::size_t cases = 0;  ///< elements <testcase>; more than `tests` if names
                          ///< come twice
  /// A count of the report says that tests failed, and it lists none of them.
  bool hides_failures = false;
};

/// Reads JUnit XML as the tools of many languages write it (pytest, ctest,
/// go-junit-report, jest-junit, surefire, gtest): suites may nest; `failure`
/// and `error` are failures; `skipped`, and the status notrun or disabled, say
/// that a test was not judged. A test without a class gets the name of its
/// suite. Reads piece by piece: the size of the file does not matter. Declared
/// entities are refused. Throws BadReport; then nothing of the file counts.
TestReport junit_report(const std::filesystem::path& file);
/// The same from memory.
TestReport junit_report_from(std::string_view xml);

}  // namespace rung
