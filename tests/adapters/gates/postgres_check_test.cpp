#include <catch2/catch.hpp>

#include "tests/fakes/backing_server.hpp"
#include "tests/fakes/looking.hpp"

namespace rung::postgres_check_test {
namespace {

using namespace std::chrono_literals;
using fakes::look;
using fakes::said;

}  // namespace

TEST_CASE("A postgres gate logs in and asks", "[adapters][postgres]") {
  auto* server = fakes::PostgresServer::shared();
  if (server == nullptr) return;
  fakes::LiveDeployment deployment;
  deployment.environment["DATABASE_URL"] = server->url();
  CHECK(said(look("postgres $DATABASE_URL", deployment)).empty());
  CHECK(said(look("postgres ${DATABASE_URL} query='SELECT 1; SELECT 2'",
                  deployment))
            .empty());
  CHECK(said(look("postgres " + server->url(), deployment)).empty());

  SECTION("the schemes of other libraries are no obstacle") {
    const char* scheme = GENERATE("postgresql+psycopg2", "psql", "Postgis");
    deployment.environment["DATABASE_URL"].replace(0, 10, scheme);
    CHECK(said(look("postgres $DATABASE_URL", deployment)).empty());
  }
  SECTION("parameters of other clients are no obstacle") {
    deployment.environment["DATABASE_URL"] +=
        "?schema=public&application_name=x&connection_limit=5";
    CHECK(said(look("postgres $DATABASE_URL", deployment)).empty());
  }
  SECTION("localhost is looked up") {
    auto& url = deployment.environment["DATABASE_URL"];
    url.replace(url.find("127.0.0.1"), 9, "localhost");
    CHECK(said(look("postgres $DATABASE_URL", deployment)).empty());
  }
  SECTION("a query that fails says why, without quoting it") {
    CHECK(said(look("postgres $DATABASE_URL query='SELECT * FROM nope'",
                    deployment)) ==
          "health/unknown: postgres $DATABASE_URL: the query names a table "
          "that does not exist (42P01)");
    CHECK(said(look("postgres $DATABASE_URL query='SELECT 1/0'", deployment)) ==
          "health/unknown: postgres $DATABASE_URL: the server says 22012");
    CHECK(said(look("postgres $DATABASE_URL query='SELECT 1; SELEC'",
                    deployment)) ==
          "health/unknown: postgres $DATABASE_URL: the query has a syntax "
          "error (42601)");
  }
  SECTION("a query that takes too long is not waited for") {
    Saved saved;
    CHECK(said(look("postgres $DATABASE_URL query='SELECT pg_sleep(60)'",
                    deployment, saved, 500ms)) ==
          "health/health-timeout(DATABASE_URL): postgres $DATABASE_URL: the "
          "query is not answered");
  }
}

TEST_CASE("A postgres gate tells refusal from absence",
          "[adapters][postgres]") {
  auto* server = fakes::PostgresServer::shared();
  if (server == nullptr) return;
  fakes::LiveDeployment deployment;
  const auto said_of = [&](const std::string& url) {
    deployment.environment["DATABASE_URL"] = url;
    return said(look("postgres $DATABASE_URL", deployment));
  };
  const std::string gate = "postgres $DATABASE_URL: ";

  CHECK(said_of(server->url("wrong-secret")) ==
        "health/db-auth-failed(DATABASE_URL): " + gate +
            "the password is refused (28P01)");
  CHECK(said_of(server->url("")) ==
        "health/db-auth-failed(DATABASE_URL): " + gate +
            "the server asks for a password and none is given");
  CHECK(said_of(server->url(fakes::PostgresServer::kPasswordInUrl, "nope")) ==
        "health/db-unreachable(DATABASE_URL): " + gate +
            "the server has no such database (3D000)");
  CHECK(said_of("postgresql://rung:x@127.0.0.1:" +
                std::to_string(fakes::free_port()) + "/postgres") ==
        "health/db-unreachable(DATABASE_URL): " + gate +
            "no server accepts the connection");
  CHECK(said_of(server->url() + "?sslmode=require") ==
        "health/tls-error(DATABASE_URL): " + gate + "TLS cannot be agreed on");
  CHECK(said_of("mysql://rung:x@h/postgres") ==
        "decisive health/bad-env-value: " + gate +
            "not a PostgreSQL URL or connection string");
  CHECK_THAT(said_of("postgresql://rung:x@rung.invalid/postgres"),
             Catch::Contains("network/dns-failure(DATABASE_URL): " + gate));

  SECTION("a URL written out is shown without its password") {
    CHECK(said(look("postgres " + server->url("wrong-secret"), deployment)) ==
          "health/db-auth-failed(127.0.0.1): postgres " +
              server->url("[redacted]") + ": the password is refused (28P01)");
  }
}

TEST_CASE("A server that accepts and says nothing is not PostgreSQL",
          "[adapters][postgres]") {
  const fakes::HttpServer mute(
      [](const std::string&) { return fakes::HttpServer::kHang; });
  fakes::LiveDeployment deployment;
  deployment.environment["DATABASE_URL"] =
      "postgresql://u:p@127.0.0.1:" + std::to_string(mute.port()) + "/d";
  Saved saved;
  CHECK(said(look("postgres $DATABASE_URL", deployment, saved, 300ms)) ==
        "health/db-unreachable(DATABASE_URL): postgres $DATABASE_URL: no "
        "answer");
}

}  // namespace rung::postgres_check_test
