#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/audit/audit.hpp"
#include "core/variables/project_reads.hpp"

namespace rung::audit_tests {

/// Path and text.
using Files = std::vector<std::pair<std::string, std::string>>;

inline std::vector<SourceText> texts_of(const Files& files) {
  std::vector<SourceText> texts;
  for (const auto& [path, text] : files) texts.push_back({path, text});
  return texts;
}

/// "note FILE:LINE: TEXT -> ACTION", a line each.
inline std::string told(const std::vector<AuditFinding>& findings) {
  std::string all;
  for (const AuditFinding& f : findings) {
    all += std::string(to_string(f.level)) + ' ' + f.place + ": " + f.text +
           " -> " + f.action + '\n';
  }
  return all;
}

}  // namespace rung::audit_tests
