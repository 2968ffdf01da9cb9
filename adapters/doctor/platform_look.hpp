#pragma once

#include <chrono>

#include "adapters/doctor/looks.hpp"
#include "core/model/plan.hpp"

namespace rung {

/// Whether rung may use the platform of a target: one call that only reads, as
/// the adapter would make it; and then whether the service's address answers.
/// For the adapters docker, render and cloudrun.
Look platform_look(const Target& target, std::chrono::milliseconds at_most);

}  // namespace rung
