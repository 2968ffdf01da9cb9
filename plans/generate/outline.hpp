#pragma once

#include <string>
#include <vector>

#include "core/model/plan.hpp"

namespace rung {

/// One line of a difference: '+' added, '-' taken away, '~' changed.
struct OutlineChange {
  char sign = '+';
  std::string text;
};

/// What changes in one respect: a generated file (by path), "env", "secrets",
/// "build", "start", "config", "services", "gates", "commit".
struct OutlineSection {
  std::string name;
  std::vector<OutlineChange> changes;
};

/// What a phase would generate and deploy, as a difference to the phase below
/// it (the first: to nothing). Variables are shown by name; no value of one
/// appears, not even within generated files.
struct PhaseOutline {
  std::string name;
  bool approve = false;
  std::vector<OutlineSection> sections;  ///< those with changes
};

/// Throws PlanError if a file of some phase cannot be generated.
std::vector<PhaseOutline> outline(const Plan& plan);

/// The outline as `rung check` prints it:
///   phase database
///     requirements.txt
///       + sqlalchemy==1.4.46
///     env
///       + DATABASE_URL
std::string describe(const Plan& plan);

}  // namespace rung
