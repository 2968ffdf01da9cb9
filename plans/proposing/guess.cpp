#include "plans/proposing/guess.hpp"

#include <algorithm>

namespace rung {

bool is_one_line(std::string_view text) {
  constexpr std::size_t kMax = 2000;
  return text.find_first_not_of(' ') != text.npos && text.size() <= kMax &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

}  // namespace rung
