#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/model/plan.hpp"

namespace rung {

/// The text of an env file without the statements that set these variables, all
/// of them, as `dialect` reads the file. All other bytes stay as they are.
/// Throws PlanError for a text that the dialect does not read; `file` is for
/// messages only.
std::string without_variables(std::string text,
                              const std::set<std::string>& names,
                              Dialect dialect, const std::string& file);

}  // namespace rung
