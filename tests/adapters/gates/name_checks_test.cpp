#include <stdlib.h>

#include <catch2/catch.hpp>

#include "tests/fakes/looking.hpp"
#include "tests/fakes/tls_server.hpp"

namespace rung::name_checks_test {
namespace {

using namespace std::chrono_literals;
using fakes::look;
using fakes::said;

/// OpenSSL trusts this server's certificate, and no other, while it lives.
struct Trust {
  explicit Trust(const fakes::TlsServer& server) {
    ::setenv("SSL_CERT_FILE", server.certificate_file().c_str(), 1);
  }
  ~Trust() { ::unsetenv("SSL_CERT_FILE"); }
};

}  // namespace

TEST_CASE("A tls gate wants a certificate that is trusted, valid and its own",
          "[adapters][tls]") {
  fakes::LiveDeployment deployment;
  const auto said_of = [&](const fakes::TlsServer& server,
                           const std::string& host, const char* words = "") {
    return said(look("tls " + host + ":" + server.port() + words, deployment));
  };

  SECTION("trusted") {
    const fakes::TlsServer server("DNS:localhost,IP:127.0.0.1", -1, 30);
    const Trust trust(server);
    CHECK(said_of(server, "localhost").empty());
    CHECK(said_of(server, "127.0.0.1", " days=7").empty());
    CHECK_THAT(said_of(server, "localhost", " days=31"),
               Catch::EndsWith("the certificate expires within 31 days"));
    CHECK(said(look("redis rediss://localhost:" + server.port(), deployment))
              .empty());
  }
  SECTION("trusted by nobody") {
    const fakes::TlsServer server("DNS:localhost", -1, 30);
    const std::string what = said_of(server, "localhost");
    CHECK_THAT(what, Catch::StartsWith("network/tls-error(localhost:"));
    CHECK_THAT(what, Catch::EndsWith("self-signed certificate"));
  }
  SECTION("of another name") {
    const fakes::TlsServer server("DNS:example.org", -1, 30);
    const Trust trust(server);
    CHECK_THAT(said_of(server, "localhost"),
               Catch::EndsWith("hostname mismatch"));
    CHECK_THAT(said_of(server, "127.0.0.1"),
               Catch::EndsWith("IP address mismatch"));
  }
  SECTION("too old") {
    const fakes::TlsServer server("DNS:localhost", -30, -1);
    const Trust trust(server);
    CHECK_THAT(said_of(server, "localhost"),
               Catch::EndsWith("certificate has expired"));
  }
}

TEST_CASE("A port without TLS fails a tls gate", "[adapters][tls]") {
  fakes::LiveDeployment deployment;
  const fakes::HttpServer server([](const std::string&) { return "HTTP/1.0"; });
  Saved saved;
  CHECK_THAT(said(look("tls 127.0.0.1:" + std::to_string(server.port()),
                       deployment, saved, 200ms)),
             Catch::Contains("no answer"));
  CHECK_THAT(said(look("tls 127.0.0.1:" + std::to_string(fakes::free_port()),
                       deployment)),
             Catch::Contains("nothing listens"));
}

TEST_CASE("A dns gate resolves names and compares addresses",
          "[adapters][dns]") {
  fakes::LiveDeployment deployment;
  deployment.environment["ADDRESS"] = "127.0.0.1";
  CHECK(said(look("dns localhost", deployment)).empty());
  CHECK(said(look("dns localhost address=127.0.0.1", deployment)).empty());
  CHECK(said(look("dns localhost address=0:0::1", deployment)).empty());
  CHECK(said(look("dns localhost address=$ADDRESS", deployment)).empty());
  CHECK(said(look("dns localhost address=127.0.0.2", deployment)) ==
        "network/dns-failure(localhost): dns localhost: 127.0.0.2 is not among "
        "its addresses");
  CHECK(said(look("dns localhost address=seven", deployment)) ==
        "decisive health/bad-env-value: dns localhost: address= is not an IP "
        "address");
  // Offline nobody can say that a name does not exist.
  CHECK_THAT(said(look("dns rung.invalid", deployment)),
             Catch::Contains("network/dns-failure(rung.invalid): dns "
                             "rung.invalid: "));
}

}  // namespace rung::name_checks_test
