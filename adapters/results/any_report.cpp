#include "adapters/results/any_report.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "adapters/results/cargo_test.hpp"
#include "adapters/results/go_test.hpp"
#include "adapters/results/junit.hpp"
#include "adapters/results/tap.hpp"

namespace rung {
namespace {

/// By the first lines that only one of them can have. TAP comes last: it may
/// begin with any output.
ReportFormat format_of(std::istream& in) {
  constexpr int kLines = 2000;
  bool any = false, tap = false;
  std::string line;
  for (int i = 0; i < kLines && std::getline(in, line); ++i) {
    const std::string text = first_line(line);
    if (text.empty()) continue;
    if (!any && (text.starts_with('<') || text.starts_with("\xEF\xBB\xBF<"))) {
      return ReportFormat::junit;
    }
    any = true;
    if (line.starts_with("{\"") && line.find("\"Action\":") != line.npos) {
      return ReportFormat::go;
    }
    if (line.starts_with("running ") &&
        (text.ends_with(" test") || text.ends_with(" tests"))) {
      return ReportFormat::cargo;
    }
    tap = tap || line.starts_with("TAP version ") || line.starts_with("1..") ||
          line.starts_with("ok ") || line.starts_with("not ok ") ||
          line.starts_with("Bail out!");
  }
  if (tap) return ReportFormat::tap;
  if (!any) throw BadReport("it is empty");
  throw BadReport(
      "unknown report format; rung reads JUnit XML, TAP, go test -json and "
      "cargo test");
}

}  // namespace

std::optional<ReportFormat> report_format_from(std::string_view word) {
  if (word == "auto") return ReportFormat::by_content;
  if (word == "junit") return ReportFormat::junit;
  if (word == "tap") return ReportFormat::tap;
  if (word == "go") return ReportFormat::go;
  if (word == "cargo") return ReportFormat::cargo;
  return std::nullopt;
}

TestReport read_report(const std::filesystem::path& file, ReportFormat format,
                       const std::string& group) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw BadReport(fmt::format("cannot open it: {}", std::strerror(errno)));
  }
  if (format == ReportFormat::by_content) {
    format = format_of(in);
    in.clear();
    in.seekg(0);
  }
  if (format == ReportFormat::junit) return junit_report(file);
  TestReport report;
  switch (format) {
    case ReportFormat::go:
      report = go_test_report(in);
      break;
    case ReportFormat::cargo:
      report = cargo_test_report(in);
      break;
    default:
      report = tap_report(in, group);
  }
  if (in.bad()) {
    throw BadReport(fmt::format("cannot read it: {}", std::strerror(errno)));
  }
  return report;
}

}  // namespace rung
