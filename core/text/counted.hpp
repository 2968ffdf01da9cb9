#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rung {

/// "1 commit", "2 commits".
std::string counted(std::uint64_t count, std::string_view one);

}  // namespace rung
