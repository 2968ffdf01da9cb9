#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace rung {

/// Writes generated files into a folder that people work in. A file that is
/// there and is not as rung wrote it last (DIR/.rung/generated.json knows) is
/// never overwritten: throws PlanError naming every such file, before anything
/// is written. Files of `private_paths` get mode 0600. Each file is replaced
/// whole; one that is as it should be is not touched.
///
/// Not for trials: there the files belong to a private checkout.
/// Returns the paths written. Throws PlanError for what cannot be written.
std::vector<std::string> write_generated(
    const std::filesystem::path& dir,
    const std::map<std::string, std::string>& files,
    const std::set<std::string>& private_paths = {});

}  // namespace rung
