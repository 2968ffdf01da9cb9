#include "core/text/line_end.hpp"

#include <catch2/catch.hpp>

namespace rung::line_end_test {

TEST_CASE("A text loses the line ends at its end", "[core][line_end]") {
  CHECK(without_line_end("a\nb\r\n\n") == "a\nb");
  CHECK(without_line_end("a") == "a");
  CHECK(without_line_end("\r\n") == "");
  CHECK(without_line_end("") == "");
}

}  // namespace rung::line_end_test
