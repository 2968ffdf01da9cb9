#pragma once

#include <cstdint>
#include <string>

namespace rung {

/// A time of the journal (ms since 1970) by this machine's clock:
/// "2026-11-29 18:03:00".
std::string when(std::int64_t ms);

}  // namespace rung
