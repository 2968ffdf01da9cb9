#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/model/plan.hpp"

namespace rung {

/// The text of an env file without the lines of the statements that name these
/// variables, all of them, as `dialect` reads the file with `outer` set below
/// it. All other bytes stay as they are. Throws PlanError for a text that the
/// dialect does not read, and where a line is not theirs alone; `file` is for
/// messages only.
std::string without_variables(
    std::string_view text, const std::set<std::string>& names, Dialect dialect,
    const std::string& file,
    const std::map<std::string, std::string>& outer = {});

}  // namespace rung
