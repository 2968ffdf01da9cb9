#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "adapters/doctor/looks.hpp"

namespace rung {

/// What is looked at without a plan, too. `source`: the repository, `trials`:
/// the folder for trials that a plan names ("" = the usual one).
std::vector<Look> machine_looks(const std::filesystem::path& source,
                                const std::filesystem::path& trials);

/// `must_be_pushed`: a platform takes the commits from the remote.
std::vector<Look> repository_looks(const std::filesystem::path& source,
                                   bool must_be_pushed);

/// A program in PATH. `certain`: it fails where it is missing.
struct WantedTool {
  std::string name;
  bool certain = true;
  std::string why_not = {};  ///< why it may be missing, if it may
};
Look tool_look(const WantedTool& tool, const std::filesystem::path& source,
               const std::filesystem::path& folder,
               std::chrono::milliseconds at_most);

}  // namespace rung
