#pragma once

#include <string>
#include <string_view>

namespace rung {

/// The format that a file's name tells, "" = none: "Procfile", ".env*",
/// "Dockerfile", "render.yaml", "service.yaml".
std::string format_of(std::string_view path);

/// Throws PlanError for a Mustache template that cannot be read.
void check_template(const std::string& text);

}  // namespace rung
