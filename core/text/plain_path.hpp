#pragma once

#include <string>
#include <string_view>

namespace rung {

/// A relative path without detours: "a/./b/../c" as "a/c"; "" for what leads
/// out of the folder.
std::string plain_path(std::string_view path);

}  // namespace rung
