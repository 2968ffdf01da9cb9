#pragma once

#include <sys/types.h>

#include "adapters/process/spec.hpp"

namespace rung {

/// Starts a program that is meant to outlive rung: a session of its own,
/// stdin from /dev/null, both outputs appended to spec.log_file (or
/// /dev/null). Nobody looks after it or what it starts. Uses argv, cwd, env and
/// log_file of the spec. Throws CannotExecute, PlatformError.
pid_t start_detached(const ProcessSpec& spec);

}  // namespace rung
