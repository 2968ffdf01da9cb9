#pragma once

#include <span>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// Versions of Python and Node that one file of a project chooses and another
/// one in the same folder rules out.
std::vector<AuditFinding> version_findings(std::span<const SourceText> files);

}  // namespace rung
