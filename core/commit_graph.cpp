#include "core/commit_graph.hpp"

namespace rung {

std::string CommitGraph::hex(std::size_t i) const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(40);
  for (const std::uint8_t byte : oids.at(i)) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace rung
