#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/model/release.hpp"

namespace rung {

/// The smallest change rung can switch on alone. `nullopt` means "not set".
struct CommitDelta {
  CommitId before, after;
  friend bool operator==(const CommitDelta&, const CommitDelta&) = default;
};
struct EnvDelta {
  std::string name;
  std::optional<std::string> before, after;
  friend bool operator==(const EnvDelta&, const EnvDelta&) = default;
};
struct RequirementDelta {
  std::string package;
  std::optional<std::string> before, after;
  friend bool operator==(const RequirementDelta&,
                         const RequirementDelta&) = default;
};
struct ConfigDelta {
  std::string name;
  std::optional<std::string> before, after;
  friend bool operator==(const ConfigDelta&, const ConfigDelta&) = default;
};
using Delta = std::variant<CommitDelta, EnvDelta, RequirementDelta, ConfigDelta>;

/// The differences in search order: env, config, requirements (each by name),
/// then the commit as one delta (core/model/commit_graph.hpp divides it). Env
/// comes first because prefixes that switch only env keys need no build.
std::vector<Delta> diff(const Release& good, const Release& bad);

/// Law, checked in tests/core/model/delta_test.cpp: applied(good, diff(good, bad)) == bad.
Release applied(Release from, std::span<const Delta> deltas);

/// In the order of the variant.
enum class DeltaKind { commit, env, requirement, config };
DeltaKind kind(const Delta& delta);
/// "commit", "env", "requirement" or "config": as in reports and journals.
std::string_view to_string(DeltaKind kind);
std::optional<DeltaKind> delta_kind_from(std::string_view text);
/// The variable, package, config key, or full commit id.
const std::string& name(const Delta& delta);

enum class Change { added, removed, changed };
Change change(const Delta& delta);
/// "added", "removed" or "changed": as in reports.
std::string_view to_string(Change change);
std::optional<Change> change_from(std::string_view text);

}  // namespace rung
