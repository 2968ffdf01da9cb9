#pragma once

#include <filesystem>
#include <string>

#include "adapters/process/file_descriptor.hpp"

namespace rung {

/// Makes `folder` (`top`/`path`) where it is absent, and locks it against other
/// processes while the descriptor is open. Removes links in the way from `top`
/// on: a trial may have put one there that leads out. Throws PlatformError,
/// also when another rung holds it.
FileDescriptor open_locked(const std::filesystem::path& top,
                           const std::string& path,
                           const std::filesystem::path& folder);

}  // namespace rung
