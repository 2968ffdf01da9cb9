#pragma once

#include <filesystem>
#include <string_view>

namespace rung {

/// Refuses files of tools whose packages rung does not switch, by name (copies
/// like "poetry.lock.old" too) with the command that exports what it reads.
/// Throws PlanError.
void refuse_other_tools(const std::filesystem::path& file);
/// The same by what is in it, whatever its name.
void refuse_other_tools(const std::filesystem::path& file,
                        std::string_view text);

}  // namespace rung
