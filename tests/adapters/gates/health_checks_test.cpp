#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "core/gates/gate_words.hpp"
#include "core/gates/hold.hpp"
#include "tests/fakes/fake_deployment.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/looking.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::health_checks_test {
namespace {

using namespace std::chrono_literals;
using fakes::look;
using fakes::said;

struct World {
  fakes::ManualClock clock;
  fakes::FakeDeployment deployment{clock};
  std::string held(const char* words) {
    const Gate gate = parse_gate(words);
    Saved saved;
    const auto check = make_health_check(gate);
    const GateResult result = hold(gate, *check, deployment, saved, clock);
    return said({.kind = result.kind, .failure = result.failure});
  }
};

}  // namespace

TEST_CASE("A tcp gate passes once a connection is accepted",
          "[adapters][tcp]") {
  fakes::LiveDeployment deployment;
  const fakes::HttpServer server([](const std::string&) { return ""; });
  const std::string port = std::to_string(server.port());
  deployment.environment["PORT"] = port;
  CHECK(said(look("tcp 127.0.0.1:" + port, deployment)).empty());
  CHECK(said(look("tcp localhost:$PORT", deployment)).empty());
  const std::string free = std::to_string(fakes::free_port());
  CHECK(said(look("tcp 127.0.0.1:" + free, deployment)) ==
        "listen/no-port-bound(" + free + "): tcp 127.0.0.1:" + free +
            ": nothing listens on port " + free);
  deployment.environment["PORT"] = "eighty";
  CHECK(said(look("tcp localhost:$PORT", deployment)) ==
        "decisive health/bad-env-value: tcp localhost:$PORT: not HOST:PORT");
}

TEST_CASE("A log gate waits for what must be present", "[adapters][log]") {
  World w;
  w.deployment.writes = {{1s, "loading"}, {3s, "Listening on 8000"}};
  CHECK(w.held("log present~'^Listening on \\d+$'").empty());
  CHECK(w.clock.elapsed() == 3s);
  CHECK(w.held("log present~Nope deadline=9s") ==
        "health/unknown: log: no line matches \"Nope\"");
  CHECK(w.clock.elapsed() == 9s);
}

TEST_CASE("A log gate watches for what must be absent", "[adapters][log]") {
  World w;
  w.deployment.writes = {{1s, "up"}, {70s, "ERROR secret-value"}};
  SECTION("while soak lasts") {
    CHECK(w.held("log absent~ERROR|Traceback soak=5m") ==
          "soak/unknown: log: a line matches \"ERROR|Traceback\"");
    CHECK(w.clock.elapsed() == 70s);
  }
  SECTION("but not longer") {
    CHECK(w.held("log absent~ERROR soak=1m").empty());
    CHECK(w.clock.elapsed() == 60s);
  }
}

TEST_CASE("A port gate judges what is bound", "[adapters][port]") {
  World w;
  w.deployment.bound = {{{"0.0.0.0", 10000}, {"0.0.0.0", 8081}}};
  CHECK(w.held("port").empty());
  CHECK(w.held("port only-routed") ==
        "listen/wrong-port(8081): port: 8081 is open as well, only 10000 is "
        "routed");
  w.deployment.bound = {{{"0.0.0.0", 3000}}};
  CHECK_THAT(w.held("port"), Catch::StartsWith("listen/wrong-port(3000)"));
  w.deployment.bound = std::nullopt;
  CHECK_THAT(w.held("port"), Catch::StartsWith("infra network/platform-error"));
  // Who emulates Cloud Run has not looked; Cloud Run has.
  w.deployment.platform = Emulation::cloudrun;
  CHECK_THAT(w.held("port"), Catch::StartsWith("infra network/platform-error"));
  w.deployment.checked = true;
  CHECK(w.held("port").empty());
  CHECK_THAT(w.held("port only-routed"),
             Catch::StartsWith("infra network/platform-error"));
}

TEST_CASE("A process gate soaks until the process ends",
          "[adapters][process]") {
  World w;
  CHECK(w.held("process soak=30s").empty());
  CHECK(w.clock.elapsed() == 30s);
  w.deployment.ends = {40s, Exit{.code = 2}};
  CHECK(w.held("process soak=30s") ==
        "soak/unknown: exited with status 2 after 40.0 s");
  CHECK(w.clock.elapsed() == 40s);
}

TEST_CASE("A command gate judges by its exit status", "[adapters][command]") {
  fakes::LiveDeployment deployment("http://127.0.0.1:8000");
  deployment.environment["TOKEN"] = "t0ken";
  Saved saved{{"ID", "7"}};
  const auto ran = [&](const std::string& words) {
    return said(look(words, deployment, saved, 10s));
  };
  CHECK(ran("command true").empty());
  CHECK(ran("command 'test \"$TOKEN-$ID\" = t0ken-7'").empty());
  CHECK(ran("command 'test \"$RUNG_URL\" = http://127.0.0.1:8000'").empty());
  CHECK(ran("command 'exit 3'") ==
        "health/unknown: command 'exit 3': exited with status 3");
  CHECK(ran("command 'exit 125'") ==
        "decisive skip health/unknown: command 'exit 125': exited with status "
        "125");
  CHECK(ran("command 'kill -9 $$'") ==
        "health/unknown: command 'kill -9 $$': was killed by signal 9");
  CHECK(said(look("command 'exec tail -f /dev/null'", deployment, saved,
                  100ms)) ==
        "health/health-timeout: command 'exec tail -f /dev/null': did not end "
        "in time");

  SECTION("in the folder it is given") {
    const fakes::TempFolder folder;
    std::ofstream(folder.path() / "check.sh") << "exit 0\n";
    const auto check =
        make_health_check(parse_gate("command 'sh check.sh'"), folder.path());
    CHECK(said(check->look(deployment, saved, 10s)).empty());
  }
  SECTION("without anything of the caller's environment") {
    ::setenv("RUNG_TEST_CALLER", "x", 1);
    CHECK(ran("command 'test -z \"$RUNG_TEST_CALLER\"'").empty());
    ::unsetenv("RUNG_TEST_CALLER");
  }
}

}  // namespace rung::health_checks_test
