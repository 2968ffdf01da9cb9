#include "core/audit/audit_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/secret.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/secret_shapes.hpp"

namespace rung {
namespace {

using Json = nlohmann::ordered_json;

void append_finding(std::string& out, const AuditFinding& finding) {
  out += fmt::format("{:8} {}{}{}\n", to_string(finding.level),
                     printable(finding.place), finding.place.empty() ? "" : ": ",
                     printable(finding.text));
  if (!finding.action.empty()) {
    out += fmt::format("         -> {}\n", printable(finding.action));
  }
}

/// People write real secrets into sources as defaults, too.
std::string shown_default(const VariableUse& use) {
  const bool secret =
      names_a_secret(use.name) || !secret_shapes(use.default_text).empty();
  return secret && !use.default_text.empty() ? std::string(kRedacted)
                                             : use.default_text;
}

/// A letter for a state, so that ten environments fit beside the names.
std::string_view mark(const std::string& state) {
  if (state == "equal" || state == "set" || state == "unknown") return "=";
  if (state == "different") return "~";
  if (state == "empty") return "0";
  return state == "placeholder" ? "?" : "-";
}

std::string matrix(const Audit& audit) {
  constexpr std::size_t kWidest = 40, kRows = 60;
  std::vector<const AuditKey*> rows;
  for (const AuditKey& key : audit.keys) {
    // A key that each environment has alike, or none has, is no news; nor is
    // what an example lacks, or has for a value.
    std::string_view first;
    bool differs = false;
    for (std::size_t i = 0; i < key.states.size(); ++i) {
      if (audit.columns[i].example) continue;
      const std::string_view state = mark(key.states[i]);
      if (first.empty()) first = state;
      differs = differs || state != first || state == "0" || state == "?";
    }
    if (differs) rows.push_back(&key);
  }
  if (rows.empty()) return "";
  std::string out = "\nWhat differs (= set, ~ another value, 0 empty, "
                    "? placeholder, - missing):\n";
  for (std::size_t i = 0; i < audit.columns.size(); ++i) {
    out += fmt::format("  {} {}\n", i + 1, printable(audit.columns[i].name));
  }
  std::size_t width = 0;
  for (const AuditKey* key : rows) {
    width = std::max(width, std::min(kWidest, columns(printable(key->name))));
  }
  std::string head = fmt::format("  {:{}}", "", width);
  for (std::size_t i = 0; i < audit.columns.size(); ++i) {
    head += fmt::format(" {:>2}", i + 1);
  }
  out += head + '\n';
  for (std::size_t i = 0; i < rows.size() && i < kRows; ++i) {
    std::string line =
        fmt::format("  {:{}}", elided(printable(rows[i]->name), kWidest),
                    width);
    for (const std::string& state : rows[i]->states) {
      line += fmt::format(" {:>2}", mark(state));
    }
    out += line + '\n';
  }
  if (rows.size() > kRows) {
    out += fmt::format("  and {} more; --json has all\n", rows.size() - kRows);
  }
  return out;
}

}  // namespace

std::string audit_text(const Audit& audit) {
  constexpr std::size_t kNotes = 40;
  std::string out = fmt::format(
      "{}, {} in {}; {} read{}\n",
      counted(audit.count(AuditLevel::error), "error"),
      counted(audit.count(AuditLevel::warning), "warning"),
      counted(audit.columns.size(), "environment"),
      counted(audit.files, "file"),
      audit.unread_files > 0
          ? fmt::format(", {} not readable", audit.unread_files)
          : "");
  std::size_t notes = 0;
  for (const AuditFinding& finding : audit.findings) {
    if (finding.level == AuditLevel::note && ++notes > kNotes) continue;
    append_finding(out, finding);
  }
  if (notes > kNotes) {
    out += fmt::format("         and {} more; --json has all\n",
                       counted(notes - kNotes, "note"));
  }
  return out + matrix(audit);
}

nlohmann::ordered_json audit_json(const Audit& audit) {
  Json out = {{"rung", 1}, {"command", "audit"}};
  out["files"] = audit.files;
  out["unread_files"] = audit.unread_files;
  out["errors"] = audit.count(AuditLevel::error);
  out["warnings"] = audit.count(AuditLevel::warning);
  out["environments"] = Json::array();
  for (const AuditColumn& column : audit.columns) {
    out["environments"].push_back({{"name", column.name},
                                   {"file", column.file},
                                   {"example", column.example}});
  }
  out["findings"] = Json::array();
  for (const AuditFinding& finding : audit.findings) {
    out["findings"].push_back({{"level", to_string(finding.level)},
                               {"kind", finding.kind},
                               {"name", finding.name},
                               {"place", finding.place},
                               {"text", finding.text},
                               {"action", finding.action}});
  }
  out["keys"] = Json::array();
  for (const AuditKey& key : audit.keys) {
    Json told = {{"name", key.name}};
    told["states"] = Json::object();
    for (std::size_t i = 0; i < key.states.size(); ++i) {
      told["states"][audit.columns[i].name] = key.states[i];
    }
    told["readers"] = Json::array();
    for (const VariableUse& use : key.readers) {
      told["readers"].push_back({{"file", use.file},
                                 {"line", use.line},
                                 {"required", use.required},
                                 {"has_default", use.has_default},
                                 {"default", shown_default(use)},
                                 {"passed_on", use.passed_on}});
    }
    told["safe_to_delete"] = to_string(key.can_delete);
    told["against_deleting"] = key.against_deleting;
    told["for_deleting"] = key.for_deleting;
    out["keys"].push_back(std::move(told));
  }
  return out;
}

}  // namespace rung
