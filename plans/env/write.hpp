#pragma once

#include <map>
#include <string>

#include "core/model/plan.hpp"

namespace rung {

/// An env file that, read in this dialect, gives exactly `values`. `comments`:
/// name -> the phase that set it, written as a line above (`# PHASE`), since
/// not every dialect has comments behind a value. Throws PlanError naming the
/// variable that the dialect cannot express.
std::string write_env_text(
    const std::map<std::string, std::string>& values, Dialect dialect,
    const std::map<std::string, std::string>& comments = {});

}  // namespace rung
