#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/doctor/machine_limits.hpp"

namespace rung {

/// The file system of a folder, or of the nearest folder above that is there.
/// nullopt = it cannot be asked.
std::optional<DiskSpace> disk_space(const std::filesystem::path& folder);

/// Of this machine, or of the control group (v2) where that has less.
MemorySpace memory_space();

struct OpenFileLimits {
  std::optional<std::uint64_t> soft, hard;  ///< nullopt = no limit
};
OpenFileLimits open_file_limits();

}  // namespace rung
