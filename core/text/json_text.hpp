#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace rung {

/// Whether JSON nests deeper than people or programs write it. Do not process
/// such text: nlohmann-json parses without recursion, but copies, compares and
/// writes recursively, so 4 MiB of "[" would overflow rung's stack.
bool nests_too_deep(std::string_view json);

/// Parses JSON that others wrote. The result is discarded (`is_discarded()`) if
/// the text is not JSON or nests too deep.
nlohmann::json json_from(std::string_view text);

}  // namespace rung
