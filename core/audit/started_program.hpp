#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/deployed.hpp"
#include "core/audit/project_paths.hpp"

namespace rung {

/// What a start command means once `npm start` is what package.json says.
Statement followed_start(const Statement& start, const ProjectPaths& paths);

/// The program that the words of a command line start; nullptr = it is not
/// known.
const SourceText* started_program(const std::vector<std::string>& words,
                                  const ProjectPaths& paths);

/// The files that the programs of a deployment surely import, and those
/// themselves.
std::set<std::string_view> started_files(const Deployed& deployed,
                                         const ProjectPaths& paths);

}  // namespace rung
