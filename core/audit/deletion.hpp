#pragma once

#include "core/audit/audit.hpp"

namespace rung {

/// The variables that an environment sets and nothing is known to need: those
/// that are safe to delete, and those of which rung does not know.
struct DeletionSet {
  std::vector<std::string> safe, unknown;
};
DeletionSet deletion_set(const Audit& audit);

/// Sets whether `key` can be deleted, with the reasons.
void judge_deletion(AuditKey& key, const AuditInput& input);

}  // namespace rung
