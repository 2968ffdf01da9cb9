#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// The whole of a file. Throws PlanError naming it: not there, a folder, not
/// readable, larger than `at_most` bytes, or a pipe that nobody writes to.
std::string read_text_file(const std::filesystem::path& file,
                           std::size_t at_most);

}  // namespace rung
