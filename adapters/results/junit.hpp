#pragma once

#include <filesystem>
#include <string_view>

#include "adapters/results/test_report.hpp"

namespace rung {

/// Reads JUnit XML as the tools of many languages write it (pytest, ctest,
/// go-junit-report, jest-junit, surefire, gtest): suites may nest; `failure`
/// and `error` are failures; `skipped`, and the status notrun or disabled, say
/// that a test was not judged. A test without a class gets the name of its
/// suite; tests that would have one id in different suites get the names of
/// those, too. Reads piece by piece: the size of the file does not matter.
/// Declared entities are refused. Throws BadReport; then nothing of the file
/// counts.
TestReport junit_report(const std::filesystem::path& file);
/// The same from memory.
TestReport junit_report_from(std::string_view xml);

}  // namespace rung
