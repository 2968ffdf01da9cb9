#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// Milliseconds since 1970 of a time such as "2026-11-22T04:33:40.123Z" or
/// "2026-11-22T04:33:40+01:00"; without a zone it is UTC. nullopt = it is not
/// such a time.
std::optional<std::int64_t> unix_ms_of(std::string_view time);

/// The time in UTC, with milliseconds.
std::string rfc3339(std::int64_t unix_ms);

/// The time as a clock shows it that is `offset` ahead of UTC, in seconds.
std::string rfc3339(std::chrono::sys_seconds time,
                    std::chrono::minutes offset);

}  // namespace rung
