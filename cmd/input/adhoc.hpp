#pragma once

#include <string>
#include <vector>

#include "cmd/input/settle_flag.hpp"
#include "cmd/input/subject.hpp"
#include "core/model/release.hpp"

namespace CLI {
class App;
}

namespace rung {

/// What is deployed, described by options instead of a plan.
struct AdHoc {
  std::string source, path;
  std::string build, start, command;
  std::string build_env;  ///< all, none, or names; "" = named
  std::vector<std::string> inputs, gates;
  std::string env_file, dialect = "compose";
  std::string requirements_file;
  int port = -1;  ///< -1 = not given
  std::string emulate = "none";
  std::string deadline;
  std::vector<std::string> inherit;
  std::string state;
  SettleFlag settle;  ///< with a plan, too

  void add_options(CLI::App& command_line);
  [[nodiscard]] bool given() const { return !source.empty(); }
  /// Throws UsageError naming an option that a plan takes the place of.
  void refuse_beside_plan() const;
};

/// The folder that --source names, without links. Throws UsageError: there is
/// none.
std::filesystem::path source_folder(const std::string& given);

/// Checks the options as a whole. Throws UsageError.
Subject subject_of(const AdHoc& options);
/// The release of `revision` ("" = HEAD) with what the options say, an env
/// file and a requirement file ("" = none). What there is to tell about the env
/// file goes to `notes`. Throws UsageError, PlanError, HistoryError.
Release release_of(const AdHoc& options, const Subject& subject,
                   const std::string& revision, const std::string& env_file,
                   const std::string& requirements_file,
                   std::vector<std::string>& notes);

}  // namespace rung
