#include "core/text/rfc3339.hpp"

#include <catch2/catch.hpp>

namespace rung::rfc3339_test {

TEST_CASE("A time is read with its zone and fraction", "[core][rfc3339]") {
  CHECK(unix_ms_of("1970-01-01T00:00:01Z") == 1000);
  CHECK(unix_ms_of("2021-07-15T07:20:05.777035-07:00") == 1626358805777);
  CHECK(unix_ms_of("2021-07-15T14:20:05.777Z") == 1626358805777);
  CHECK(unix_ms_of("2021-07-15T14:20:05.7765001Z") == 1626358805777);
  CHECK(unix_ms_of("2021-07-15 16:20:05+02:00") == 1626358805000);
  CHECK(unix_ms_of("2021-07-15T14:20:05") == 1626358805000);
  CHECK(unix_ms_of("1969-12-31T23:59:59.999Z") == -1);
  CHECK(unix_ms_of("0001-01-01T00:00:00Z"));
}

TEST_CASE("What is no time is not read", "[core][rfc3339]") {
  for (const char* text :
       {"", "yesterday", "2021-07-15", "2021-7-15T14:20:05Z",
        "2021-02-30T14:20:05Z", "2021-13-01T14:20:05Z", "2021-07-15T14:20Z",
        "-021-07-15T14:20:05Z", "2021-07-15T14:20:05+0200"}) {
    CAPTURE(text);
    CHECK_FALSE(unix_ms_of(text));
  }
}

TEST_CASE("A time is written in UTC or as its own clock shows it",
          "[core][rfc3339]") {
  using std::chrono::minutes, std::chrono::seconds, std::chrono::sys_seconds;
  CHECK(rfc3339(1626358805777) == "2021-07-15T14:20:05.777Z");
  CHECK(rfc3339(0) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339(-1) == "1969-12-31T23:59:59.999Z");
  const sys_seconds time(seconds(1626358805));
  CHECK(rfc3339(time, minutes(0)) == "2021-07-15T14:20:05+00:00");
  CHECK(rfc3339(time, minutes(330)) == "2021-07-15T19:50:05+05:30");
  CHECK(rfc3339(time, minutes(-210)) == "2021-07-15T10:50:05-03:30");
}

}  // namespace rung::rfc3339_test
