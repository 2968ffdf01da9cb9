#pragma once

#include <string>

#include "core/model/gate.hpp"
#include "plans/reading/yaml_document.hpp"

namespace rung {

/// The words of the command line that say the same as a gate of a plan:
/// {http: /health, status: [200, 201]} -> "http /health status=200,201".
/// REQUIRES: `node` has passed validate_plan().
std::string gate_words(const YamlNode& node);

/// A gate of a plan, in either form. Throws PlanError
/// "FILE:LINE:COLUMN: PATH: what".
Gate read_gate(const YamlNode& node, const std::string& file,
               const std::string& path);

}  // namespace rung
