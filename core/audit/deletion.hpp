#pragma once

#include <string_view>

#include "core/audit/audit.hpp"

namespace rung {

/// Sets whether `key` can be deleted, with the reasons.
void judge_deletion(AuditKey& key, const AuditInput& input);

/// A test, an example, a script of CI: it reads variables, but no service needs
/// them.
bool is_beside_service(std::string_view path);

}  // namespace rung
