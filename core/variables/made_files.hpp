#pragma once

#include <string_view>

namespace rung {

/// A folder of version control, or rung's own: no program reads it.
bool is_record_folder(std::string_view name);

/// A folder that holds packages, caches or build output, by its name.
bool is_made_folder(std::string_view name);

/// A file that a program made, or that is no text, by its name.
bool is_made_file(std::string_view name);

}  // namespace rung
