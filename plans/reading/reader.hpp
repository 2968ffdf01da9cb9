#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/model/plan.hpp"

namespace rung {

/// Reads a plan file with the env files, requirement files and templates it
/// names, and checks it as a whole. Nothing is run; secrets are not read.
///
/// Throws PlanError "FILE:LINE:COLUMN: KEY/PATH: what (did you mean ...)" for
/// the first thing wrong.
Plan read_plan(const std::filesystem::path& file);

/// The same for a text; `file` (absolute) says where relative paths begin and
/// need not exist.
Plan read_plan_text(std::string_view text, const std::filesystem::path& file);

}  // namespace rung
