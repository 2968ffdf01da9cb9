#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "plans/proposing/guess.hpp"
#include "plans/proposing/project.hpp"

namespace rung {

/// "Python 3.12": what the first of the files that holds a version, and nothing
/// else, asks for, without the patch; nullopt = none does.
std::optional<Guess> version_in_files(const Project& project,
                                      const std::string& what,
                                      std::initializer_list<const char*> files);

}  // namespace rung
