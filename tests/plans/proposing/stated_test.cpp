#include "plans/proposing/stated.hpp"

#include <catch2/catch.hpp>

namespace rung::stated_test {

TEST_CASE("The scheme of a URL names what has to run beside",
          "[plans][proposing]") {
  CHECK(backing_of_scheme("postgresql+asyncpg") == Backing::postgres);
  CHECK(backing_of_scheme("PSQL") == Backing::postgres);
  CHECK(backing_of_scheme("valkey") == Backing::redis);
  CHECK(backing_of_scheme("mongodb+srv") == Backing::mongo);
  CHECK(backing_of_scheme("mysql2") == Backing::mysql);
  CHECK(backing_of_scheme("clickhouse") == Backing::other);
  CHECK_FALSE(backing_of_scheme("https"));
  CHECK_FALSE(backing_of_scheme("sqlite"));
}

}  // namespace rung::stated_test
