#pragma once

#include <span>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/audit/database_urls.hpp"
#include "core/audit/deployed.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// What belongs to another platform than the plan says: its files, its hosts
/// in sources and variables, its commands in scripts. One finding a platform.
/// Nothing where no plan names the platform.
std::vector<AuditFinding> platform_findings(const Deployed& deployed,
                                            std::span<const UrlVariable> urls,
                                            std::span<const SourceText> files);

}  // namespace rung
