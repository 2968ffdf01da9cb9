#pragma once

#include <vector>

#include "core/audit/audit.hpp"

namespace rung {

/// What is worth telling about the keys of an audit.
std::vector<AuditFinding> findings_of(const Audit& audit,
                                      const AuditInput& input);

}  // namespace rung
