#include "core/text/hex.hpp"

#include <catch2/catch.hpp>

namespace rung::hex_test {

TEST_CASE("Bytes are written as lower-case digits", "[core][hex]") {
  CHECK(hex("") == "");
  CHECK(hex(std::string("\0\x0f\xa0\xff", 4)) == "000fa0ff");
  CHECK(is_hex(hex("rung")));
}

TEST_CASE("Other letters and capitals are not hex", "[core][hex]") {
  CHECK(is_hex("0123456789abcdef"));
  CHECK_FALSE(is_hex("0A"));
  CHECK_FALSE(is_hex("fg"));
  CHECK_FALSE(is_hex("ab "));
}

}  // namespace rung::hex_test
