#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace rung {

/// Whether a build must never see this path, relative to the deployed folder:
/// .git, .rung, and env files (.env, .env.local, prod.env; not .env.example).
bool kept_from_builds(std::string_view path);

/// What the build of a folder gets: a tar of its files and `files` over them
/// (relative path -> content), without what kept_from_builds() names and what
/// the folder's .dockerignore leaves out. Equal content, equal bytes: no
/// times, no owners. Throws AbortError for what cannot be read.
std::string build_context(const std::filesystem::path& folder,
                          const std::map<std::string, std::string>& files,
                          const std::string& dockerfile);

/// A tar of these files alone.
std::string tar_of(const std::map<std::string, std::string>& files);

}  // namespace rung
