#include "adapters/results/test_report.hpp"

namespace rung {
namespace {

/// Of a message: what a line of a report has room for, and a bit.
constexpr std::size_t kMessageBytes = 1000;

bool goes_on(char byte) {  // of a character in UTF-8
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::string first_line(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return "";
  text.remove_prefix(begin);
  text = text.substr(0, text.find_first_of("\r\n"));
  text = text.substr(0, text.find_last_not_of(" \t") + 1);
  std::string line(text.substr(0, kMessageBytes));
  if (text.size() <= kMessageBytes) return line;
  while (!line.empty() && goes_on(line.back())) line.pop_back();
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0U) {
    line.pop_back();
  }
  return line;
}

}  // namespace rung
