#pragma once

#include <optional>
#include <string_view>

namespace rung {

/// Whether npm takes `version` ("1.2.3", "1.2.3-rc.1") for `range` ("^1.2",
/// "~1", "1.x", ">=1 <2", "1 - 2", "1 || 2", "", "*"). nullopt: `range` is no
/// range of versions (a tag, a URL, a folder, an alias).
std::optional<bool> npm_satisfies(std::string_view version,
                                  std::string_view range);

}  // namespace rung
