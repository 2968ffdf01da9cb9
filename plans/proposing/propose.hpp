#pragma once

#include <string>
#include <vector>

#include "plans/proposing/find_apps.hpp"
#include "plans/proposing/proposal.hpp"

namespace rung {

/// How a plan names the project, from where the plan is.
struct PlanPosition {
  std::string name;      ///< of the folder; any text
  std::string repo;      ///< "" = the repository that holds the plan
  std::string env_folder;  ///< of the app, from the plan; "" = the plan's own
};

/// A ladder for the app in the folder of `project`: first the app with the
/// least it needs, then database, cache and the rest. Whatever is not known is
/// a todo, never an invention.
ProposedPlan propose(const Project& project, const KnownApp& known,
                 const PlanPosition& position);

/// A name that a plan may have; "app" if nothing of the text can be one.
std::string plan_name(std::string_view text);

}  // namespace rung
