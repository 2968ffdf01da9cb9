#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rung {

/// What a program on trial gets from this machine in addition to its release's
/// environment.
struct Surroundings {
  std::filesystem::path home;       ///< its own, created if absent
  std::filesystem::path temporary;  ///< TMPDIR
  /// Its PATH contains nothing of this folder; "" = no such folder.
  std::filesystem::path project;
  /// Git does not look for a repository in this folder or above it; "" = no
  /// limit.
  std::filesystem::path ceiling;
  /// What the plan passes on: names of variables, and files of the user's home
  /// such as "~/.npmrc", which are copied.
  std::vector<std::string> inherit;
};

/// Whether this machine has what `inherit` names: a variable, or "~/FILE".
bool has_inherited(const std::string& name);
/// What it has, as bytes to make a hash of: names, values, contents of files.
std::string inherited(const std::vector<std::string>& inherit);

/// PATH, HOME, LANG, TMPDIR, GIT_CEILING_DIRECTORIES, the folders of tool
/// managers (PYENV_ROOT, RUSTUP_HOME, ...), and the inherited variables. Throws
/// AbortError if it cannot copy a file of `inherit`.
std::map<std::string, std::string> environment_of(
    const Surroundings& surroundings);

/// The same for a build, plus this machine's settings for fetching packages
/// (PIP_*, npm_config_*, proxies), and with `caches` as the folder for the
/// caches of npm, pip, uv and Yarn.
std::map<std::string, std::string> build_environment_of(
    const Surroundings& surroundings, const std::filesystem::path& caches);

}  // namespace rung
