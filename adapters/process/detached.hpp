#pragma once

#include <sys/types.h>

#include "adapters/process/spec.hpp"

namespace rung {

/// Starts a program that must outlive rung: in its own session, with stdin from
/// /dev/null and both outputs appended to spec.log_file (or /dev/null). No
/// keeper looks after it or its children. Uses only argv, cwd, env and log_file
/// of the spec. Throws CannotExecute, PlatformError.
pid_t start_detached(const ProcessSpec& spec);

}  // namespace rung
