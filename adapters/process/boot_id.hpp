#pragma once

#include <string>

namespace rung {

/// What the kernel calls the time since this machine started; "" = it does not
/// say. Two that differ: there was a reboot between.
std::string boot_id();

}  // namespace rung
