#include "core/text/percent.hpp"

#include <catch2/catch.hpp>

namespace rung::percent_test {

TEST_CASE("All but letters, digits and -._~ is encoded", "[core][percent]") {
  CHECK(percent_encoded("a b/c?d&e=é~") == "a%20b%2Fc%3Fd%26e%3D%C3%A9~");
  CHECK(percent_encoded("AZaz09-._~") == "AZaz09-._~");
}

TEST_CASE("What is encoded comes back", "[core][percent]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(percent_decoded(percent_encoded(all)) == all);
  CHECK(percent_decoded("%c3%A9") == "é");
}

TEST_CASE("A percent sign that encodes nothing stays", "[core][percent]") {
  CHECK(percent_decoded("100%") == "100%");
  CHECK(percent_decoded("%4") == "%4");
  CHECK(percent_decoded("%zz%41") == "%zzA");
}

}  // namespace rung::percent_test
