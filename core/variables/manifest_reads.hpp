#pragma once

#include <string_view>

#include "core/variables/variable_use.hpp"

namespace rung {

/// The variables that a manifest names to pass them on or to ask for them:
/// below `environment:`, `env:`, `envVars:` of a YAML file, `[env]` of a TOML
/// file, "env" of app.json; `%env(X)%` of Symfony. Line by line, for a file that
/// is half template is no YAML.
void read_manifest(std::string_view path, std::string_view content,
                   SourceReads& reads);

}  // namespace rung
