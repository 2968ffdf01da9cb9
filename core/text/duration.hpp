#pragma once

#include <chrono>
#include <string_view>

namespace rung {

/// "250ms", "30s", "5m", "1h"; throws UsageError without a unit.
std::chrono::milliseconds parse_duration(std::string_view text);

}  // namespace rung
