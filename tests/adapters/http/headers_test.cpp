#include "adapters/http/headers.hpp"

#include <catch2/catch.hpp>

namespace rung::headers_test {

TEST_CASE("A header has a name and a value", "[adapters][headers]") {
  const HeaderLine line("Retry-After: \t3 4\r\n");
  CHECK_FALSE(line.begins_answer);
  CHECK(line.name == "Retry-After");
  CHECK(line.value == "3 4");
  CHECK(HeaderLine("X:\r\n").value.empty());
  CHECK(HeaderLine("\r\n").name.empty());
}

TEST_CASE("An answer begins with its status", "[adapters][headers]") {
  const HeaderLine line("HTTP/1.1 503 Service: Unavailable\r\n");
  CHECK(line.begins_answer);
  CHECK(line.status == 503);
  CHECK(line.name.empty());
  CHECK(HeaderLine("HTTP/2 200 \r\n").status == 200);
  CHECK(HeaderLine("HTTP/1.1\r\n").status == 0);
}

TEST_CASE("Headers of a request keep their order", "[adapters][headers]") {
  HeaderList list;
  CHECK(list.get() == nullptr);
  list.add("A: 1");
  list.add("B;");
  REQUIRE(list.get() != nullptr);
  CHECK(std::string(list.get()->data) == "A: 1");
  CHECK(std::string(list.get()->next->data) == "B;");
}

TEST_CASE("A header is one line, also with an empty value",
          "[adapters][headers]") {
  HeaderList list;
  CHECK_FALSE(list.add("A", "1\r\nHost: other"));
  CHECK_FALSE(list.add("A\nB", "1"));
  CHECK(list.get() == nullptr);
  REQUIRE(list.add("A", ""));
  REQUIRE(list.add("B", " "));
  REQUIRE(list.add("C", "x: y"));
  const curl_slist* at = list.get();
  for (const char* line : {"A;", "B;", "C: x: y"}) {
    REQUIRE(at != nullptr);
    CHECK(std::string(at->data) == line);
    at = at->next;
  }
}

}  // namespace rung::headers_test
