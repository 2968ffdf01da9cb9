#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace rung {

/// Whether JSON nests deeper than any that people or programs write. Read such
/// text no further: nlohmann-json parses without recursion but copies, compares
/// and writes with it, so 4 MiB of "[" would end rung with its stack.
bool nests_too_deep(std::string_view json);

/// JSON that others wrote; discarded (`is_discarded()`) when it is none or
/// nests too deep.
nlohmann::json json_from(std::string_view text);

}  // namespace rung
