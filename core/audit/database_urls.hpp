#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/audit/deployed.hpp"
#include "core/variables/project_reads.hpp"

namespace rung {

/// A variable of an environment whose value is the URL of a service.
struct UrlVariable {
  std::string name, value;  ///< the value has secrets
  std::string place;        ///< FILE:LINE, or FILE
};

/// What is wrong with URLs of databases: with the provider that the host
/// belongs to, and with the clients that read them. No text has a user, a
/// password or a host.
std::vector<AuditFinding> database_findings(std::span<const UrlVariable> urls,
                                            const Deployed& deployed,
                                            std::span<const SourceText> files,
                                            const SourceReads& reads);

}  // namespace rung
