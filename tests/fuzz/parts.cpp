#include <algorithm>

#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {

std::string_view first_line(std::string_view& input) {
  const auto end = std::min(input.find('\n'), input.size());
  const auto line = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  return line;
}

std::vector<std::string_view> parts_of(std::string_view input) {
  constexpr std::string_view kBetween = "\n%%\n";
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = input.find(kBetween);
    parts.push_back(input.substr(0, end));
    if (end == input.npos) return parts;
    input.remove_prefix(end + kBetween.size());
  }
}

}  // namespace rung::fuzz
