#pragma once

#include <filesystem>
#include <string_view>

namespace rung {

/// Makes a file with this text, whole or not at all, in a folder that exists.
/// False = something of that name is there (a link to nowhere, too); it is
/// untouched. Throws AbortError naming the file if it cannot be written;
/// nothing is left then.
bool write_new_file(const std::filesystem::path& file, std::string_view text);

}  // namespace rung
