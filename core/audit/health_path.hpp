#pragma once

#include <span>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/audit/deployed.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// Paths that a platform or a plan asks for health and for which no route is
/// written: no source has the path's last word, no route takes it, and nothing
/// may answer for any path.
std::vector<AuditFinding> health_findings(const Deployed& deployed,
                                          std::span<const SourceText> files);

}  // namespace rung
