#include "core/audit/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/audit/audit_findings.hpp"
#include "core/audit/deletion.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/sha256.hpp"
#include "core/variables/beside_service.hpp"

namespace rung {
namespace {

bool is_placeholder(std::string_view value) {
  static const RE2 pattern(
      R"re((?i)^\s*["']?(?:change[-_ ]?(?:me|this).*|x{3,}|todo|fixme|tbd|your[-_ ].*|<[^>]*>|\[[^\]]*\]|\.{3}|\*{3,}|replace[-_ ]?(?:me|this|with).*|placeholder|dummy|insert[-_ ].*|put[-_ ]?your.*|.*_here|\$\{[A-Z_]+\})["']?\s*$)re",
      byte_options());
  return RE2::PartialMatch(piece(value), pattern);
}

std::vector<std::string> states_of(const std::string& name,
                                   const std::vector<AuditColumn>& columns) {
  // Equal to the first environment that has a value; examples compare with
  // none, their values are made up.
  std::string first;
  std::size_t set = 0;
  for (const AuditColumn& column : columns) {
    const auto it = column.cells.find(name);
    if (it == column.cells.end() || column.example || it->second.empty ||
        it->second.placeholder || it->second.unknown) {
      continue;
    }
    if (first.empty()) first = it->second.hash;
    ++set;
  }
  std::vector<std::string> states;
  for (const AuditColumn& column : columns) {
    const auto it = column.cells.find(name);
    states.push_back(it == column.cells.end()       ? "missing"
                     : it->second.unknown           ? "unknown"
                     : it->second.empty             ? "empty"
                     : it->second.placeholder       ? "placeholder"
                     : column.example || set < 2    ? "set"
                     : it->second.hash == first     ? "equal"
                                                    : "different");
  }
  return states;
}

}  // namespace

std::string_view to_string(AuditLevel level) {
  return level == AuditLevel::error     ? "error"
         : level == AuditLevel::warning ? "warning"
                                        : "note";
}

std::string_view to_string(AuditDelete verdict) {
  return verdict == AuditDelete::no        ? "no"
         : verdict == AuditDelete::unknown ? "unknown"
                                           : "safe";
}

AuditCell audit_cell(std::string_view key, std::string_view value, int line) {
  return {.hash = hmac_sha256(key, value),
          .empty = value.empty(),
          .placeholder = is_placeholder(value),
          .file = {},
          .line = line};
}

std::size_t Audit::count(AuditLevel level) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const AuditFinding& f) { return f.level == level; }));
}

Audit audited(const AuditInput& input) {
  Audit audit;
  audit.files = input.files;
  audit.unread_files = input.unread_files;
  for (const AuditColumn& column : input.columns) {
    audit.columns.push_back({column.name, column.file, column.example, {}});
  }
  std::map<std::string, AuditKey> keys;
  for (const VariableUse& use : input.reads.uses) {
    AuditKey& key = keys[use.name];
    key.readers.push_back(use);
    key.has_default = key.has_default || use.has_default;
  }
  for (const AuditColumn& column : input.columns) {
    for (const auto& [name, cell] : column.cells) keys[name];
  }
  for (const AuditRemoval& removal : input.removed) keys[removal.name];
  for (auto& [name, key] : keys) {
    key.name = name;
    std::stable_sort(key.readers.begin(), key.readers.end(),
                     [](const VariableUse& a, const VariableUse& b) {
                       return std::pair(a.passed_on, is_beside_service(a.file)) <
                              std::pair(b.passed_on, is_beside_service(b.file));
                     });
    key.states = states_of(name, input.columns);
    judge_deletion(key, input);
    audit.keys.push_back(key);
  }
  audit.findings = findings_of(audit, input);
  std::stable_sort(audit.findings.begin(), audit.findings.end(),
                   [](const AuditFinding& a, const AuditFinding& b) {
                     return a.level < b.level;
                   });
  return audit;
}

}  // namespace rung
