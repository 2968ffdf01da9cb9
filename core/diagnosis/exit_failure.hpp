#pragma once

#include "core/model/clock.hpp"
#include "core/model/platform.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// What a service that has ended failed with, `after` its start.
Failure failure_of(const Exit& exit, Clock::Time::duration after, Stage stage);

/// Whether somebody else may have ended it: by a signal that programs do not
/// bring on themselves by a fault.
bool may_be_killed_by_others(const Exit& exit);

}  // namespace rung
