#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rung {

/// What a program on trial gets of this machine besides its release's
/// environment.
struct Surroundings {
  std::filesystem::path home;       ///< its own, made if absent
  std::filesystem::path temporary;  ///< TMPDIR
  /// Nothing of this folder is on its PATH; "" = no such folder.
  std::filesystem::path project;
  /// Git looks for no repository in this folder or above it; "" = anywhere.
  std::filesystem::path ceiling;
  /// What the plan lets through: names of variables, and files of the user's
  /// home as "~/.npmrc", which are copied.
  std::vector<std::string> inherit;
};

/// PATH, HOME, LANG, TMPDIR, GIT_CEILING_DIRECTORIES, where tool managers keep
/// their tools (PYENV_ROOT, RUSTUP_HOME, ...), and what is inherited. Throws
/// AbortError for a file of `inherit` that cannot be copied.
std::map<std::string, std::string> environment_of(
    const Surroundings& surroundings);

/// The same for a build: with how packages are fetched on this machine (PIP_*,
/// npm_config_*, proxies), and with `caches` as the folder of npm's, pip's,
/// uv's and Yarn's caches.
std::map<std::string, std::string> build_environment_of(
    const Surroundings& surroundings, const std::filesystem::path& caches);

}  // namespace rung
