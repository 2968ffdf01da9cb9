#pragma once

#include "core/model/clock.hpp"
#include "core/model/platform.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// The failure of a service that exited, `after` its start.
Failure failure_of(const Exit& exit, Clock::Time::duration after, Stage stage);

/// Whether somebody else may have ended the process: by a signal that a program
/// does not cause by its own fault.
bool may_be_killed_by_others(const Exit& exit);

}  // namespace rung
