#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rung {

/// Files and folders of a work tree that git neither knows nor ignores, by
/// path relative to `root`, sorted; a folder with nothing tracked below it is
/// one entry ("tools"). Journals (".rung") are left out. Compares names only:
/// no tracked file is opened or looked at. Throws HistoryError.
std::vector<std::string> untracked_files(const std::filesystem::path& root);

}  // namespace rung
