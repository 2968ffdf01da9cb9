#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rung {

/// Files below `folder` that one of these patterns matches, relative to it and
/// sorted. `*` and `?` match within a name, `**` any folders; links are not
/// followed, and ".git" is left out. Throws PlatformError.
std::vector<std::string> matching_files(
    const std::filesystem::path& folder,
    const std::vector<std::string>& patterns);

/// Whether a pattern matches a relative path.
bool path_matches(const std::string& pattern, const std::string& path);

}  // namespace rung
