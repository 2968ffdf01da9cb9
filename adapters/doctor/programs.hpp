#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace rung {

/// The program of this name in the folders of `path` ("" = it is in none);
/// folders below `without` do not count (a trial does not have them), nor
/// relative ones.
std::filesystem::path program_in(const std::string& path,
                                 const std::string& name,
                                 const std::filesystem::path& without);

/// The version that a well-known program says it has, asked in `folder`, since
/// version managers go by it; "" = unknown. Only asks programs of which rung
/// knows that the question changes nothing.
std::string program_version(const std::filesystem::path& program,
                            const std::filesystem::path& folder,
                            std::chrono::milliseconds at_most);

}  // namespace rung
