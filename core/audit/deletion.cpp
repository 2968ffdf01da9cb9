#include "core/audit/deletion.hpp"

#include <fmt/format.h>

#include "core/audit/known_variables.hpp"
#include "core/text/counted.hpp"

namespace rung {

void judge_deletion(AuditKey& key, const AuditInput& input) {
  constexpr std::size_t kShown = 3;
  std::size_t shown = 0;
  bool read = false, may_be = false;
  for (const VariableUse& use : key.readers) {
    read = true;
    if (shown++ < kShown) {
      key.against_deleting.push_back(
          fmt::format("{} at {}:{}", use.passed_on ? "passed on" : "read",
                      use.file, use.line));
    }
  }
  if (const auto known = known_variable(key.name)) {
    (known->by_prefix ? may_be : read) = true;
    key.against_deleting.push_back(fmt::format(
        "{}: {}",
        known->by_prefix
            ? "names that begin like this are read outside of your sources"
            : "read outside of your sources",
        known->who));
  }
  for (const DynamicRead& dynamic : input.reads.dynamic) {
    if (!key.name.starts_with(dynamic.prefix)) continue;
    may_be = true;
    key.against_deleting.push_back(
        dynamic.prefix.empty()
            ? fmt::format("{}:{} reads variables by a name that is not written "
                          "there; it may be this one",
                          dynamic.file, dynamic.line)
            : fmt::format("{}:{} reads variables that begin with {}",
                          dynamic.file, dynamic.line, dynamic.prefix));
    if (key.against_deleting.size() > kShown + 1) break;
  }
  if (const auto it = input.mentions.find(key.name);
      it != input.mentions.end()) {
    may_be = true;
    for (std::size_t i = 0; i < it->second.size() && i < kShown; ++i) {
      key.against_deleting.push_back(
          fmt::format("{}:{} has the name; whether that reads it is unknown",
                      it->second[i].file, it->second[i].line));
    }
  }
  if (input.unread_files > 0) {
    may_be = true;
    key.against_deleting.push_back(fmt::format(
        "{} could not be read", counted(input.unread_files, "file")));
  }
  if (!input.closed_files.empty()) {
    may_be = true;
    key.against_deleting.push_back(fmt::format(
        "what {} reads is unknown{}", input.closed_files.front(),
        input.closed_files.size() > 1
            ? fmt::format(" (and {} more files that hide their text)",
                          input.closed_files.size() - 1)
            : ""));
  }
  if (input.left_out_rest) {
    may_be = true;
    key.against_deleting.emplace_back(
        "there are more packages and build output than rung looks through");
  }
  if (key.readers.empty()) {
    key.for_deleting.push_back(fmt::format("no read in {}",
                                           counted(input.files, "file")));
    if (input.left_out_files > 0) {
      key.for_deleting.push_back(
          fmt::format("its name is in none of {} of packages and build output",
                      counted(input.left_out_files, "file")));
    }
  }
  key.can_delete = read     ? AuditDelete::no
                   : may_be ? AuditDelete::unknown
                            : AuditDelete::safe;
  if (key.can_delete == AuditDelete::safe) {
    key.for_deleting.push_back(
        "no platform or library that rung knows reads it");
  }
}

DeletionSet deletion_set(const Audit& audit) {
  DeletionSet all;
  for (const AuditKey& key : audit.keys) {
    bool set = false;
    for (std::size_t i = 0; i < key.states.size(); ++i) {
      set = set || (!audit.columns[i].example && key.states[i] != "missing");
    }
    if (!set) continue;
    if (key.can_delete == AuditDelete::safe) all.safe.push_back(key.name);
    if (key.can_delete == AuditDelete::unknown) all.unknown.push_back(key.name);
  }
  return all;
}

}  // namespace rung
