#pragma once

#include <filesystem>

#include "adapters/git/error.hpp"

namespace rung::git {

/// The repository that the folder `inside` is in, with what rung needs to
/// search it: a work tree, ids that rung can read. Throws
/// HistoryError that says what is missing and how to get it.
Repository open_to_search(const std::filesystem::path& inside);

}  // namespace rung::git
