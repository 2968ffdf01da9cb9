#include <catch2/catch.hpp>

#include "tests/fakes/backing_server.hpp"
#include "tests/fakes/looking.hpp"

namespace rung::redis_check_test {
namespace {

using namespace std::chrono_literals;
using fakes::look;
using fakes::said;

}  // namespace

TEST_CASE("A redis gate logs in and pings", "[adapters][redis]") {
  auto* server = fakes::RedisServer::shared();
  if (server == nullptr) return;
  fakes::LiveDeployment deployment;
  const std::string port = std::to_string(server->port());
  const auto said_of = [&](const std::string& url) {
    deployment.environment["REDIS_URL"] = url;
    return said(look("redis $REDIS_URL", deployment));
  };
  const std::string gate = "redis $REDIS_URL: ";

  CHECK(said_of("redis://:pa%3Ass@127.0.0.1:" + port + "/0").empty());
  CHECK(said_of("redis://default:pa%3Ass@localhost:" + port).empty());
  CHECK(said_of("redis://:wrong@127.0.0.1:" + port + "/0") ==
        "health/db-auth-failed(REDIS_URL): " + gate +
            "the login is refused (WRONGPASS)");
  CHECK(said_of("redis://127.0.0.1:" + port) ==
        "health/db-auth-failed(REDIS_URL): " + gate +
            "it asks for a password and none is given");
  CHECK(said_of("redis://:pa%3Ass@127.0.0.1:" + port + "/99") ==
        "health/unknown(REDIS_URL): " + gate + "SELECT is refused (ERR)");
  CHECK(said_of("redis://127.0.0.1:" + std::to_string(fakes::free_port())) ==
        "health/db-unreachable(REDIS_URL): " + gate +
            "connections are refused");
  CHECK(said_of("http://127.0.0.1:" + port) ==
        "decisive health/bad-env-value: " + gate +
            "not a redis:// or rediss:// URL");
}

TEST_CASE("What is not Redis does not pass for it", "[adapters][redis]") {
  fakes::LiveDeployment deployment;
  Saved saved;
  const fakes::HttpServer http(
      [](const std::string&) { return fakes::http_reply(200, "PONG"); });
  // It waits for the end of a request that never ends.
  CHECK(said(look("redis redis://127.0.0.1:" + std::to_string(http.port()),
                  deployment, saved, 200ms)) ==
        "health/db-unreachable(127.0.0.1): redis redis://127.0.0.1:" +
            std::to_string(http.port()) + ": no Redis answers");
}

}  // namespace rung::redis_check_test
