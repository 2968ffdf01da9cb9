#include "core/text/printable.hpp"

#include <catch2/catch.hpp>

namespace rung::printable_test {

TEST_CASE("Text from outside cannot steer the terminal", "[core][printable]") {
  struct Case {
    std::string text, shown;
  };
  const auto c = GENERATE(values<Case>({
      {"plain", "plain"},
      {"two\nlines\r\n", "two lines"},
      {"a\tb", "a b"},
      {"\x1b[31mred\x1b[0m", "red"},
      {"\x1b]0;title\x07text", "text"},
      {"\x1b]8;;http://x\x1b\\link", "link"},
      {"cut \x1b[", "cut"},
      {std::string("nul\0l", 5), "null"},
      {"\xe2\x80\xaegnp.exe", "gnp.exe"},  // right-to-left override
      {"\xc2\x9b"
       "31mC1",
       "31mC1"},
      {"bad \xff\xc3", "bad ??"},
      {"\xc0\xaf overlong", "?? overlong"},
      {"\xed\xa0\x80", "???"},  // a surrogate
      {"h\xc3\xa9", "h\xc3\xa9"},
  }));
  CHECK(printable(c.text) == c.shown);
}

TEST_CASE("Where UTF-8 is not spoken, only ASCII is printed",
          "[core][printable]") {
  CHECK(printable("h\xc3\xa9llo \xe4\xb8\xad", false) == "h?llo ?");
  CHECK(elided("0123456789", 6, false) == "012...");
  CHECK(elided("0123456789", 6) == "01234\xe2\x80\xa6");
}

TEST_CASE("Columns are counted as a terminal shows them", "[core][printable]") {
  CHECK(columns("abc") == 3);
  CHECK(columns("h\xc3\xa9") == 2);
  CHECK(columns("e\xcc\x81") == 1);                 // combining accent
  CHECK(columns("\xe4\xb8\xad\xe6\x96\x87") == 4);  // Chinese
  CHECK(columns("\xf0\x9f\x9a\x80") == 2);          // rocket
  CHECK(elided("\xe4\xb8\xad\xe6\x96\x87", 3) == "\xe4\xb8\xad\xe2\x80\xa6");
  for (std::size_t width = 0; width < 8; ++width) {
    CHECK(columns(elided("abcdefgh", width)) <= width);
    CHECK(columns(elided("abcdefgh", width, false)) <= width);
  }
}

TEST_CASE("Lines break at blanks and long words stay whole",
          "[core][printable]") {
  using Lines = std::vector<std::string>;
  CHECK(wrapped("one two three", 8) == Lines{"one two", "three"});
  CHECK(wrapped("a /very/long/path b", 6) ==
        Lines{"a", "/very/long/path", "b"});
  CHECK(wrapped("", 8).empty());
  CHECK(wrapped("  spaced   out  ", 20) == Lines{"spaced out"});
}

TEST_CASE("A quoted word is one word to a shell", "[core][printable]") {
  CHECK(shell_quoted("--port=10000") == "--port=10000");
  CHECK(shell_quoted("http /health") == "'http /health'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(shell_quoted("$HOME") == "'$HOME'");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("~") == "'~'");
  CHECK(shell_quoted("a\n# it's \\\x01") == "$'a\\n# it\\'s \\\\\\x01'");
}

}  // namespace rung::printable_test
