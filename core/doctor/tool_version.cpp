#include "core/doctor/tool_version.hpp"

namespace rung {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_digit(char c) { return kDigits.find(c) != kDigits.npos; }

}  // namespace

std::string version_in(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) continue;
    std::size_t end = text.find_first_not_of("0123456789.", i);
    if (end == text.npos) end = text.size();
    std::string_view number = text.substr(i, end - i);
    while (number.ends_with('.')) number.remove_suffix(1);
    if (number.find('.') != number.npos) return std::string(number);
    i = end - 1;
  }
  return {};
}

std::string version_wanted(std::string_view text, unsigned parts) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  text.remove_prefix(begin);
  while (text.find_last_of(" \t\r\n") == text.size() - 1) text.remove_suffix(1);
  if (text.starts_with("python-")) text.remove_prefix(7);
  if (text.starts_with('v')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789.") != text.npos ||
      !is_digit(text.front()) || !is_digit(text.back())) {
    return {};
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' && --parts == 0) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

bool version_begins(std::string_view found, std::string_view wanted) {
  return found.starts_with(wanted) &&
         (found.size() == wanted.size() || found[wanted.size()] == '.');
}

}  // namespace rung
