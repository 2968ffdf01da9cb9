#pragma once

#include <string>
#include <vector>

#include "core/audit/audit.hpp"

namespace rung {

struct AuditOptions {
  std::string what = ".";  ///< a plan or a folder
  std::vector<std::string> env_files;
  std::string dialect = "compose";
  std::string against;
};

/// Reads all that an audit compares: the sources, the env files given or found
/// by name, the plan's environment, and what was there at `against`. Runs
/// nothing and writes nothing. Throws UsageError, PlanError, HistoryError.
AuditInput audited_project(const AuditOptions& options);

}  // namespace rung
