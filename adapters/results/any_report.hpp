#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "adapters/results/test_report.hpp"

namespace rung {

/// How test suites tell their results.
enum class ReportFormat {
  by_content,  ///< whichever it is
  junit,
  tap,
  go,
  cargo,
};

/// "tap"; "auto" is by_content. nullopt: no such format.
std::optional<ReportFormat> report_format_from(std::string_view word);

/// Reads a report. One in TAP has no groups of its own: `group` is that of its
/// outermost tests ("" = none). Throws BadReport; then nothing of the file
/// counts.
TestReport read_report(const std::filesystem::path& file, ReportFormat format,
                       const std::string& group = "");

}  // namespace rung
