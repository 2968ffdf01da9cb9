#include "core/text/plain_path.hpp"

#include <vector>

#include "core/text/split.hpp"

namespace rung {

std::string plain_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return "";
    } else {
      parts.pop_back();
    }
  }
  std::string plain;
  for (const std::string_view part : parts) {
    if (!plain.empty()) plain += '/';
    plain += part;
  }
  return plain;
}

}  // namespace rung
