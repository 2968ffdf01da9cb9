#pragma once

#include <string_view>

namespace rung {

/// Whether a path is of a test, an example or a document: it is no part of what
/// a service runs.
bool is_aside(std::string_view path);

/// The same, or a script or tool: it reads variables that no service needs.
bool is_beside_service(std::string_view path);

}  // namespace rung
