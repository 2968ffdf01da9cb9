#pragma once

#include <map>
#include <set>
#include <string>

#include "core/model/release.hpp"
#include "plans/requirements/requirements.hpp"

namespace rung {

/// The lock file and the manifests, as npm finds them in agreement: path ->
/// content.
/// `manifests`: package.json's path -> content, as committed; `path` is the
/// project's, e.g. "package.json". A build command that ignores lock files
/// gets the versions in the manifest. Throws CannotCombine (npm_lock.hpp).
std::map<std::string, std::string> write_locked(
    const Release& release, const std::string& path,
    const std::map<std::string, std::string>& manifests);

/// Packages that lie at the root of node_modules in both lock files of a
/// search, but not in what was written for `release`, which nothing in it asks
/// for any more. The project may use them all the same.
std::set<std::string> no_longer_at_root(
    const Release& release, const std::map<std::string, std::string>& files);

/// The manifests that write_locked() wants to know.
std::set<std::string> locked_manifests(const Requirements& requirements,
                                       const std::string& path);

}  // namespace rung
