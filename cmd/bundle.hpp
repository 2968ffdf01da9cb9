#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/platform.hpp"

namespace rung {

/// Gives a file of the release's commit, relative to the deployed folder.
using ReadCommitted =
    std::function<std::optional<std::string>(const std::string& path)>;

/// What it takes to run `release`: its environment with the addresses of the
/// services filled in ("services.postgres.port" -> "41233"), and the files it
/// needs, made from it alone. Throws PlanError for a service nobody runs.
Bundle bundle_of(const Release& release,
                 const std::map<std::string, std::string>& addresses,
                 const ReadCommitted& committed);

/// The same files without filling anything in: what a build depends on.
std::map<std::string, std::string> files_of(const Release& release,
                                            const ReadCommitted& committed);

}  // namespace rung
