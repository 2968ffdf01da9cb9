#pragma once

#include <filesystem>
#include <functional>
#include <map>
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

/// Gives the text of an env file. `outer`: what is set below it, for `$NAME`.
using EnvTextOf = std::function<std::string(
    const EnvFile& env, const std::map<std::string, std::string>& outer)>;
/// The same with these texts in place of what the env files hold.
Plan read_plan(const std::filesystem::path& file, const EnvTextOf& text_of);

/// The same for a text; `file` (absolute) says where relative paths begin and
/// need not exist.
Plan read_plan_text(std::string_view text, const std::filesystem::path& file);

}  // namespace rung
