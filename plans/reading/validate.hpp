#pragma once

#include <string>

#include "plans/reading/yaml_document.hpp"

namespace rung {

/// Checks a document against plan.schema.json. Throws PlanError
/// "FILE:LINE:COLUMN: KEY/PATH: what (did you mean ...)" for the first thing
/// wrong in it.
void validate_plan(const YamlNode& root, const std::string& file);

}  // namespace rung
