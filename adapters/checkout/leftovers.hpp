#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rung {

/// Files that a trial left in a checkout: path -> what tells contents apart.
using Leftovers = std::map<std::string, std::string>;

/// All below `folder` that nobody committed; links and ".git" are none. Of
/// what is large, or of very many, only the size is looked at.
Leftovers leftovers_in(
    const std::filesystem::path& folder,
    const std::function<bool(const std::string&)>& is_committed);

/// Paths of those that are not the same in both, sorted.
std::vector<std::string> differing(const Leftovers& a, const Leftovers& b);

}  // namespace rung
