#pragma once

#include <filesystem>
#include <optional>

#include "core/audit/deployed.hpp"
#include "core/model/plan.hpp"

namespace rung {

/// What the plan, and the files for platforms in the folder, say of how it is
/// deployed.
Deployed deployed_project(const std::filesystem::path& folder,
                          const std::optional<Plan>& plan);

}  // namespace rung
