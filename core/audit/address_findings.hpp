#pragma once

#include <span>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/audit/deployed.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// Listeners that nobody reaches: on the loopback address, or at another port
/// than the one that is routed to. Tells only what is certain of the program
/// that the deployment starts. `input`: its columns and reads.
std::vector<AuditFinding> address_findings(const Deployed& deployed,
                                           std::span<const SourceText> files,
                                           const AuditInput& input);

}  // namespace rung
