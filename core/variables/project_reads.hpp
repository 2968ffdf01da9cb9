#pragma once

#include <span>
#include <string_view>

#include "core/variables/variable_use.hpp"

namespace rung {

/// A file of a project: its path, and its text of any bytes.
struct SourceText {
  std::string_view path, text;
};

/// What files of one project read together, file by file: a function of one
/// that reads the variable it is given is known in all. `readers` has those of
/// all files.
SourceReads reads_of_project(std::span<const SourceText> files);

}  // namespace rung
