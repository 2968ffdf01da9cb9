#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rung {

/// Files that a trial left in a checkout: path -> fingerprint of the content.
using Leftovers = std::map<std::string, std::string>;

/// All uncommitted files below `folder`, without links and ".git". For large
/// files, or very many, the fingerprint is only the size.
Leftovers leftovers_in(
    const std::filesystem::path& folder,
    const std::function<bool(const std::string&)>& is_committed);

/// Paths of files that differ between the two, sorted.
std::vector<std::string> differing(const Leftovers& a, const Leftovers& b);

}  // namespace rung
