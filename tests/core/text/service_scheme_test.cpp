#include "core/text/service_scheme.hpp"

#include <catch2/catch.hpp>

namespace rung::service_scheme_test {

TEST_CASE("The scheme of a URL names a service", "[core][service_scheme]") {
  using Kind = ServiceScheme::Kind;
  CHECK(service_of_url("postgresql+asyncpg://h/db")->service == "PostgreSQL");
  CHECK(service_of_url("PSQL://h/db")->kind == Kind::postgres);
  CHECK(service_of_url("mysql://h")->port == 3306);
  CHECK(service_of_url("valkeys://h")->kind == Kind::redis);
  CHECK(service_of_url("https://h")->kind == Kind::web);
  CHECK_FALSE(service_of_url("plain text"));
  CHECK_FALSE(service_of_url("host=h password=p://x"));
  CHECK_FALSE(service_of_scheme(""));
  CHECK_FALSE(service_of_scheme("+srv"));
  CHECK(service_of_scheme("mongodb+srv")->kind == Kind::mongo);
  CHECK(service_of_scheme("mongodb+srv")->elsewhere);
  CHECK(service_of_scheme("redis+sentinel")->elsewhere);
  CHECK_FALSE(service_of_scheme("postgresql+psycopg2")->elsewhere);
}

TEST_CASE("The URL of a service is written as its own tools know it",
          "[core][service_scheme]") {
  CHECK(plain_service_url("psql+driver://u:p@h/db?x=://") ==
        "postgresql://u:p@h/db?x=://");
  CHECK(plain_service_url("valkey://h") == "redis://h");
  CHECK(plain_service_url("redis+sentinel://h") == "redis+sentinel://h");
  CHECK(plain_service_url("host=h password=p+q://x") ==
        "host=h password=p+q://x");
  CHECK(plain_service_url("ftp://h") == "ftp://h");
}

}  // namespace rung::service_scheme_test
