#pragma once

#include <string>
#include <string_view>

namespace rung {

/// What people read of a commit's or a release's id.
inline std::string short_id(std::string_view id) {
  return std::string(id.substr(0, 10));
}

}  // namespace rung
