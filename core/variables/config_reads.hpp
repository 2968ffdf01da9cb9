#pragma once

#include <string_view>

#include "core/variables/language.hpp"
#include "core/variables/variable_use.hpp"

namespace rung {

/// What a file reads that is no program: shell scripts, Dockerfiles, Procfiles,
/// compose files, YAML, TOML, properties. $X and ${X:-default}, and manifests
/// that name variables below `environment:`.
void read_config(std::string_view path, std::string_view content,
                 Language language, SourceReads& reads);

}  // namespace rung
