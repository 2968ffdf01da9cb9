#pragma once

#include <string_view>

#include "core/variables/variable_use.hpp"
#include "plans/proposing/project.hpp"

namespace rung {

/// Whether a file is of the programs that a service runs, by its path: in a
/// language of programs, and of no test or example.
bool is_app_source(std::string_view path);

/// What the sources of the folder read together. Very large ones are left out:
/// they are generated.
SourceReads app_reads(const Project& project);

}  // namespace rung
