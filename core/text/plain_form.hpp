#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A text without what encodings and quoting do to it, so that one value looks
/// the same however a program wrote it: percent, JSON, \u, \x, octal and HTML
/// escapes are decoded, also when they stand in each other; letters are lower
/// case; blanks, line breaks, quotes, backslashes and '+' are gone. Two
/// different texts can have one plain form.
struct PlainForm {
  std::string text;
  /// By byte of `text`: where that byte begins and ends in the original.
  std::vector<std::size_t> begin, end;
};

PlainForm plain_form(std::string_view text);

}  // namespace rung
