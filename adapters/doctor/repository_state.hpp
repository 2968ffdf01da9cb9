#pragma once

#include <filesystem>

#include "core/doctor/repository_state.hpp"

namespace rung {

/// The repository that a folder is in, without asking its remote; writes
/// nothing. Throws HistoryError where there is none that rung can read.
RepositoryState repository_state(const std::filesystem::path& inside);

}  // namespace rung
