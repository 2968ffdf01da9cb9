#pragma once

#include "core/audit/audit.hpp"

namespace rung {

/// Sets whether `key` can be deleted, with the reasons.
void judge_deletion(AuditKey& key, const AuditInput& input);

}  // namespace rung
