#pragma once

#include <cstdint>
#include <cstdlib>

namespace rung::fakes {

/// How often a test plays what it draws at random: `usual`, times
/// RUNG_TEST_EFFORT (a whole number, 1 if unset). For a test run by night.
inline std::uint64_t effort(std::uint64_t usual) {
  const char* times = std::getenv("RUNG_TEST_EFFORT");
  return times == nullptr ? usual
                          : usual * std::strtoull(times, nullptr, 10);
}

/// RUNG_SEED, else `usual`.
inline std::uint64_t seed_or(std::uint64_t usual) {
  const char* given = std::getenv("RUNG_SEED");
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

}  // namespace rung::fakes
