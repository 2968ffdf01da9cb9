#pragma once

#include <string>

#include "core/model/gate.hpp"
#include "plans/reading/yaml_document.hpp"

namespace rung {

/// A gate of a plan: a mapping, or the words of the command line that say the
/// same. Gate::text has the words: {http: /health, status: [200, 201]} becomes
/// "http /health status=200,201". Throws PlanError "FILE:LINE:COLUMN: PATH:
/// what". REQUIRES: `node` has passed validate_plan().
Gate read_gate(const YamlNode& node, const std::string& file,
               const std::string& path);

}  // namespace rung
