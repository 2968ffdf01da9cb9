#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/audit/audit.hpp"

namespace rung {

/// Errors first, then warnings, notes and the matrix of what differs. Safe to
/// print on a terminal.
std::string audit_text(const Audit& audit);

/// The same facts, one object.
nlohmann::ordered_json audit_json(const Audit& audit);

}  // namespace rung
