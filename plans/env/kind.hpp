#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// What a text is when it is no env file, with what to give instead: "a Docker
/// Compose file; give the file that its env_file names". nullopt: it may be
/// one. Lines inside of quoted values are not looked at, and nothing of the
/// text is in the answer. `sources` = the dialect lets a shell read it, so
/// assignments below a `#!` line are fine.
std::optional<std::string> no_env_file(std::string_view text, bool sources);

}  // namespace rung
