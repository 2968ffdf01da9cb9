#include "core/text/base64.hpp"

#include <catch2/catch.hpp>

namespace rung::base64_test {

TEST_CASE("base64 is in one line, however long", "[core][base64]") {
  // Source: RFC 4648, section 10.
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64(std::string(300, '\0')) == std::string(400, 'A'));
}

TEST_CASE("base64url is safe in a URL", "[core][base64]") {
  CHECK(base64("\xfb\xef\xff\xfe") == "++///g==");
  CHECK(base64url("\xfb\xef\xff\xfe") == "--___g");
}

}  // namespace rung::base64_test
