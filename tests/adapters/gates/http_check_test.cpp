#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "adapters/process/system_clock.hpp"
#include "core/gates/gate_words.hpp"
#include "core/gates/hold.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/looking.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::http_check_test {
namespace {

using namespace std::chrono_literals;
using fakes::http_reply;
using fakes::HttpServer;
using fakes::LiveDeployment;
using fakes::look;
using fakes::said;
using Steady = std::chrono::steady_clock;

/// Takes a port and a backlog, accepts nothing.
struct DeafListener {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port = fakes::free_port();
  DeafListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) ==
            0);
    REQUIRE(::listen(fd, 8) == 0);
  }
  ~DeafListener() { ::close(fd); }
};

}  // namespace

TEST_CASE("An answer is held against every word of an http gate",
          "[adapters][http]") {
  const HttpServer server([](const std::string& request) {
    if (request.starts_with("GET /json ")) {
      return http_reply(200, R"({"ok": true, "name": "rung", "n": [1, 2.5]})",
                        "Content-Type: application/json\r\n");
    }
    if (request.starts_with("GET /moved ")) {
      return http_reply(302, "", "Location: /json\r\n");
    }
    if (request.starts_with("GET /broken ")) return http_reply(503, "down");
    if (request.starts_with("GET /close ")) return std::string();
    if (request.starts_with("GET /noise ")) return std::string("\0\0\0\0", 4);
    if (request.starts_with("GET /short ")) {
      return std::string("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nabc");
    }
    if (request.starts_with("GET /large ")) {
      return http_reply(200, std::string(5 << 20, 'x'));
    }
    return http_reply(404, "no");
  });
  LiveDeployment deployment(server.url());
  struct Case {
    const char *words, *said;
  };
  const auto c = GENERATE(values<Case>({
      {"http /json", ""},
      {"http /json json:/ok=true json:/name=rung json:/n/1=2.5", ""},
      {"http /json body~'\"ok\": *true' body!~error", ""},
      {"http /json header:content-type~^application/json$", ""},
      {"http /json json:/name~^r.ng$ within=9s", ""},
      {"http /broken status=5xx", ""},
      {"http /moved follow json:/ok=true", ""},
      {"http /moved status=302 header:Location~json", ""},
      {"http /large", ""},
      {"http /json json:/ok=false",
       "health/unknown: GET /json: /ok is not false"},
      {"http /json json:/no=1", "health/unknown: GET /json: /no is missing"},
      {"http /json json:/name~^x",
       "health/unknown: GET /json: /name does not match \"^x\""},
      {"http /json body~bad",
       "health/unknown: GET /json: the body does not match \"bad\""},
      {"http /json body!~rung",
       "health/unknown: GET /json: the body matches \"rung\""},
      {"http /json header:X-Id~1",
       "health/unknown: GET /json: no header X-Id matches \"1\""},
      {"http /json save:T=/token",
       "health/unknown: GET /json: /token is missing, nothing to save as T"},
      {"http /json status=201,3xx",
       "health/unknown: GET /json: status 200, expected 201 or 3xx"},
      {"http /moved",
       "health/unknown: GET /moved: status 302, expected 200; it redirects to "
       "/json"},
      {"http /none",
       "health/health-check-404(/none): GET /none: status 404, expected 200"},
      {"http /none status=200 json:/ok=true",
       "health/health-check-404(/none): GET /none: status 404, expected 200"},
      {"http /broken",
       "health/health-check-5xx(/broken): GET /broken: status 503, expected "
       "200"},
      {"http /broken status=503 json:/ok=true",
       "health/unknown: GET /broken: the body is not JSON"},
      {"http /close",
       "health/health-timeout(127.0.0.1): GET /close: the connection was "
       "closed without an answer"},
      {"http /short",
       "health/health-timeout(127.0.0.1): GET /short: the connection was "
       "closed without an answer"},
      {"http /large body~x",
       "health/unknown: GET /large: the answer is longer than 4 MiB"},
  }));
  CAPTURE(c.words);
  const CheckResult result = look(c.words, deployment);
  CHECK(said(result) == c.said);
  if (result.failure) {
    CHECK(result.failure->redirected_to ==
          (c.words == std::string_view("http /moved") ? "/json" : ""));
  }
}

TEST_CASE("What speaks no HTTP is not healthy", "[adapters][http]") {
  const HttpServer server([](const std::string&) { return "SSH-2.0-x\r\n"; });
  LiveDeployment deployment(server.url());
  const CheckResult result = look("http /", deployment);
  CHECK_THAT(said(result), Catch::Contains("not an HTTP answer"));
}

TEST_CASE("A slow answer fails within=", "[adapters][http]") {
  const HttpServer server([](const std::string&) {
    SystemClock().sleep(60ms);
    return http_reply(200, "late");
  });
  LiveDeployment deployment(server.url());
  CHECK(said(look("http / within=50ms", deployment)) ==
        "health/unknown: GET /: the answer took longer than 50 ms");
  CHECK(said(look("http / within=5s", deployment)).empty());
}

TEST_CASE("Gates hand values on and fill in variables", "[adapters][http]") {
  const HttpServer server([](const std::string& request) {
    if (request.starts_with("POST /login ")) {
      return http_reply(201, R"({"access_token": "s3cret", "id": 7})");
    }
    return request.find("Authorization: Bearer s3cret\r\n") != request.npos
               ? http_reply(200, "in")
               : http_reply(401, "out");
  });
  LiveDeployment deployment(server.url());
  deployment.environment["PASSWORD"] = "hunter2";
  Saved saved;
  const auto log_in =
      look(R"(http /login status=201 body='{"password": "${PASSWORD}"}' )"
           "send:X-Key=$PASSWORD save:TOKEN=/access_token save:ID=/id",
           deployment, saved);
  REQUIRE(said(log_in).empty());
  CHECK(saved == Saved{{"ID", "7"}, {"TOKEN", "s3cret"}});
  CHECK(said(look(R"(http /in/$ID send:Authorization="Bearer $TOKEN")",
                  deployment, saved))
            .empty());

  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK_THAT(requests[0], Catch::EndsWith(R"({"password": "hunter2"})"));
  CHECK_THAT(requests[0],
             Catch::Contains("Content-Type: application/json\r\n"));
  CHECK_THAT(requests[0], Catch::Contains("X-Key: hunter2\r\n"));
  CHECK(requests[1].starts_with("GET /in/7 HTTP/1.1\r\n"));

  SECTION("an unknown one is a fact, and named") {
    CHECK(said(look("http /$NOPE", deployment, saved)) ==
          "decisive health/missing-env-var(NOPE): GET /$NOPE: $NOPE is neither "
          "set in the release's environment nor saved by an earlier gate");
  }
  SECTION("no message shows a value") {
    const auto result = look("http /$PASSWORD", deployment, saved);
    CHECK(said(result) ==
          "health/unknown: GET /$PASSWORD: status 401, expected 200");
  }
  SECTION("a value cannot smuggle in a header") {
    deployment.environment["EVIL"] = "x\r\nHost: other";
    CHECK_THAT(said(look("http / send:X=$EVIL", deployment, saved)),
               Catch::Contains("line break"));
  }
}

TEST_CASE("Nothing listening is noticed at once and asked again soon",
          "[adapters][http]") {
  const auto port = fakes::free_port();
  LiveDeployment deployment("http://127.0.0.1:" + std::to_string(port));
  const auto before = Steady::now();
  const CheckResult result = look("http /", deployment);
  CHECK(Steady::now() - before < 1s);
  CHECK(said(result) == "listen/no-port-bound(" + std::to_string(port) +
                            "): GET /: nothing listens on port " +
                            std::to_string(port));
  CHECK(result.again == CheckResult::Again::soon);
  CHECK(result.local_port == port);
}

TEST_CASE("An absolute URL on the command line is used as it is",
          "[adapters][http]") {
  const HttpServer server(
      [](const std::string&) { return http_reply(200, ""); });
  LiveDeployment deployment;
  const std::string port = std::to_string(server.port());
  CHECK(said(look("http http://127.0.0.1:" + port + "/health", deployment))
            .empty());
  CHECK(said(look("http http://localhost:" + port + "/health", deployment))
            .empty());
  CHECK_THAT(said(look("http /health", deployment)),
             Catch::Contains("routes no port"));
}

TEST_CASE("A service that accepts and never answers is waited for in vain",
          "[adapters][http]") {
  const DeafListener deaf;
  LiveDeployment deployment("http://127.0.0.1:" + std::to_string(deaf.port));
  Saved saved;
  CHECK(said(look("http /", deployment, saved, 100ms)) ==
        "health/health-timeout(127.0.0.1): GET /: connected, but no answer");
}

TEST_CASE("A process that ends while an answer is awaited ends the wait",
          "[adapters][http]") {
  const DeafListener deaf;
  LiveDeployment deployment("http://127.0.0.1:" + std::to_string(deaf.port));
  const auto before = Steady::now();
  deployment.end({.code = 3});
  Saved saved;
  const Gate gate = parse_gate("http / deadline=60s");
  look("http /", deployment, saved, 60s);
  CHECK(Steady::now() - before < 5s);
}

TEST_CASE("A name that does not exist is not the machine's fault",
          "[adapters][http]") {
  LiveDeployment deployment;
  // RFC 6761: .invalid never resolves; offline, that cannot be known.
  const std::string what = said(look("http http://rung.invalid/", deployment));
  CAPTURE(what);
  CHECK((what ==
             "network/dns-failure(rung.invalid): GET http://rung.invalid/: the "
             "name does not exist" ||
         what.starts_with("infra network/dns-failure(rung.invalid)")));
}

TEST_CASE("A machine without descriptors learns nothing", "[adapters][http]") {
#if defined(__SANITIZE_ADDRESS__)
  // The sanitizer's own check of virtual calls needs a descriptor.
  fakes::skipped("sanitizers need the descriptors that it takes away");
  return;
#endif
  const HttpServer server(
      [](const std::string&) { return http_reply(200, ""); });
  LiveDeployment deployment(server.url());
  const auto check = make_health_check(parse_gate("http /"));
  Saved saved;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const CheckResult result = check->look(deployment, saved, 1s);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(said(result).starts_with("infra network/platform-error"));
}

TEST_CASE("Asking a port again and again never takes it", "[adapters][http]") {
  // A socket that asks a port of the ephemeral range from a source port the
  // kernel picks can meet itself; then the service could not bind. Linux picks
  // even ports for that and gives odd ones to who binds to port 0.
  const auto even_port = [] { return fakes::free_port() & ~1; };
  std::optional<LiveDeployment> deployment;
  const auto move = [&] {
    deployment.emplace("http://127.0.0.1:" + std::to_string(even_port()));
  };
  move();
  const auto check = make_health_check(parse_gate("http /"));
  Saved saved;
  // Every program of this machine may take the port for a moment; what it
  // answers is not what a socket hears that met itself.
  int taken = 0;
  for (int i = 0; i < 60'000; ++i) {
    const CheckResult result = check->look(*deployment, saved, 1s);
    if (result.failure && result.failure->cause == "no-port-bound") continue;
    CAPTURE(said(result));
    REQUIRE(said(result).find("Unsupported") == std::string::npos);
    REQUIRE(++taken < 20);
    move();
  }
}

}  // namespace rung::http_check_test
