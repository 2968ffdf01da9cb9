#include "core/text/utf8.hpp"

#include <catch2/catch.hpp>

namespace rung::utf8_test {

TEST_CASE("Characters of one to four bytes are read and written",
          "[core][utf8]") {
  struct Case {
    std::uint32_t code;
    std::string text;
  };
  const auto c = GENERATE(values<Case>({
      {0, std::string(1, '\0')},
      {0x7f, "\x7f"},
      {0x80, "\xc2\x80"},
      {0xe9, "\xc3\xa9"},
      {0x7ff, "\xdf\xbf"},
      {0x800, "\xe0\xa0\x80"},
      {0xd7ff, "\xed\x9f\xbf"},
      {0xffff, "\xef\xbf\xbf"},
      {0x10000, "\xf0\x90\x80\x80"},
      {0x10ffff, "\xf4\x8f\xbf\xbf"},
  }));
  CAPTURE(c.code);
  const Utf8Character read = first_character(c.text + "next");
  CHECK(read.valid);
  CHECK(read.code == c.code);
  CHECK(read.size == c.text.size());
  CHECK(first_character(c.text).valid);
  std::string written;
  append_utf8(written, c.code);
  CHECK(written == c.text);
}

TEST_CASE("What is not UTF-8 is found and replaced byte by byte",
          "[core][utf8]") {
  struct Case {
    std::string text;
    std::size_t at;
    std::string valid;
  };
  const std::string mark = "\xef\xbf\xbd";
  const auto c = GENERATE_COPY(values<Case>({
      {"", std::string::npos, ""},
      {"h\xc3\xa9", std::string::npos, "h\xc3\xa9"},
      {"ab\xff", 2, "ab" + mark},
      {"\x80", 0, mark},
      {"a\xc3", 1, "a" + mark},              // cut
      {"a\xe2\x82", 1, "a" + mark + mark},   // cut
      {"\xc0\xaf", 0, mark + mark},          // overlong
      {"\xe0\x80\x80", 0, mark + mark + mark},
      {"\xed\xa0\x80", 0, mark + mark + mark},  // a surrogate
      {"\xf4\x90\x80\x80", 0, mark + mark + mark + mark},
      {"\xc3\nb", 0, mark + "\nb"},
  }));
  CAPTURE(c.text);
  CHECK(invalid_utf8_at(c.text) == c.at);
  CHECK(valid_utf8(c.text) == c.valid);
}

}  // namespace rung::utf8_test
