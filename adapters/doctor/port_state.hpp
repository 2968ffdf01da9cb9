#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/doctor/checkup.hpp"

namespace rung {

/// Whether a fixed port is free for the service. `keeper`: below this process
/// runs what serves on the target already; 0 = nothing does.
Judged judged_port(std::uint16_t port, pid_t keeper);

}  // namespace rung
