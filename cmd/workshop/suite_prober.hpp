#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/results/any_report.hpp"
#include "core/nightly/suite_run.hpp"

namespace rung {

/// How a suite is built and run. Commands run in `sh`, in a checkout, with the
/// caller's environment and RUNG_COMMIT.
struct SuiteCommands {
  std::filesystem::path repo;  ///< a folder inside the repository
  std::string path;            ///< the folder below its root to work in
  std::string build;           ///< "" = nothing to build
  std::string suite;
  /// Runs some tests alone: {test} (or {class} and {name}) is one of them,
  /// {tests} (or {names}) are all. "" = the whole suite runs instead.
  std::string one;
  std::vector<std::string> reports;  ///< patterns of files, in any format
  /// Set: what the suite prints is a report in this format.
  std::optional<ReportFormat> results;
  /// Of one command; one that takes longer has failed.
  std::chrono::milliseconds deadline{std::chrono::minutes(30)};
  /// The time that the budget leaves; unset = no limit.
  std::function<std::chrono::milliseconds()> left;
  /// The group and the name of a test, by its id.
  std::function<std::pair<std::string, std::string>(const std::string&)>
      name_of;
};

/// Checks `one`. Throws UsageError.
void check_one(const std::string& one);

/// A test counts only as a report of this very run tells it: reports that were
/// there before are removed, and committed files are never read as reports.
///
/// 125 = cannot be judged; so are 126 and 127 without a report. A build or a
/// suite that was killed from outside, or found no space on the disk, is infra.
/// `work` is private to it. Not thread-safe.
std::unique_ptr<SuiteJudge> make_suite_judge(SuiteCommands commands,
                                             const std::filesystem::path& work);

}  // namespace rung
