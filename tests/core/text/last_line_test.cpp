#include "core/text/last_line.hpp"

#include <catch2/catch.hpp>

namespace rung::last_line_test {

TEST_CASE("The last line is the last that says anything", "[core][last_line]") {
  CHECK(last_line("one\ntwo") == "two");
  CHECK(last_line("one\r\n  two \t\r\n\n \n") == "  two");
  CHECK(last_line("one") == "one");
  CHECK(last_line(" \n").empty());
  CHECK(last_line("").empty());
}

}  // namespace rung::last_line_test
