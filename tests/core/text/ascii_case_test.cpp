#include "core/text/ascii_case.hpp"

#include <catch2/catch.hpp>

namespace rung::ascii_case_test {

TEST_CASE("Only the letters A to Z have a case", "[core][ascii_case]") {
  CHECK(ascii_lower("AZaz@[`{09\xc3\x89") == "azaz@[`{09\xc3\x89");
  CHECK(equal_without_case("Content-Type", "content-TYPE"));
  CHECK_FALSE(equal_without_case("a", "ab"));
  CHECK_FALSE(equal_without_case("@", "`"));
}

}  // namespace rung::ascii_case_test
