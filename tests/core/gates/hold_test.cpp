#include <catch2/catch.hpp>

#include "core/gates/health_check.hpp"
#include "core/gates/hold.hpp"
#include "tests/fakes/fake_deployment.hpp"
#include "tests/fakes/scripted_check.hpp"

namespace rung::hold_test {
namespace {

using namespace std::chrono_literals;
using fakes::ScriptedCheck;
using Kind = CheckResult::Kind;

struct World {
  fakes::ManualClock clock;
  fakes::FakeDeployment deployment{clock};
  ScriptedCheck check;
  Gate gate;
  Saved saved;
  GateResult held(bool healthy_before = false) {
    return hold(gate, check, deployment, saved, clock, healthy_before);
  }
  /// The check passes once the service is this old; refused before.
  void ready_at(std::chrono::milliseconds at) {
    check.answer = [this, at] {
      if (clock.elapsed() >= at) return ScriptedCheck::passes();
      CheckResult result = ScriptedCheck::fails("nothing listens");
      result.failure->stage = Stage::listen;
      result.failure->cause = "no-port-bound";
      result.again = CheckResult::Again::soon;
      result.local_port = 10000;
      return result;
    };
  }
};

}  // namespace

TEST_CASE("A healthy service is not waited for", "[core][hold]") {
  World w;
  w.check.replies = {ScriptedCheck::passes()};
  const GateResult result = w.held();
  CHECK(result.kind == Kind::pass);
  CHECK(result.attempts == 1);
  CHECK(w.clock.elapsed() == 0ms);
}

TEST_CASE("Readiness is seen within 5 ms, or a thousandth of a long start",
          "[core][hold]") {
  World w;
  const std::chrono::milliseconds at = GENERATE(1ms, 80ms, 777ms, 5s, 29s);
  w.ready_at(at);
  CHECK(w.held().kind == Kind::pass);
  CHECK(w.clock.elapsed() >= at);
  CHECK(w.clock.elapsed() <= at + std::max(5ms, at / 1000 + 1ms));
}

TEST_CASE("Thirty seconds of waiting cost few looks", "[core][hold]") {
  World w;
  w.ready_at(1h);
  CHECK(w.held().kind == Kind::fail);
  CHECK(w.check.looks < 4000);

  World wrong_answers;
  wrong_answers.check.replies = {ScriptedCheck::fails()};
  CHECK(wrong_answers.held().kind == Kind::fail);
  CHECK(wrong_answers.check.looks < 700);
}

TEST_CASE("A process that ends is not waited for", "[core][hold]") {
  World w;
  w.check.replies = {ScriptedCheck::fails()};
  struct Case {
    Exit exit;
    const char *cause, *message;
  };
  const auto c = GENERATE(values<Case>({
      {{.code = 1}, "unknown", "exited with status 1 after 0.3 s"},
      {{.code = 0}, "unknown", "exited with status 0 after 0.3 s, but a service stays: start it in "
       "the foreground"},
      {{.code = 127},
       "command-not-found",
       "exited with status 127 after 0.3 s"},
      {{.code = 126},
       "permission-denied",
       "exited with status 126 after 0.3 s"},
      {{.code = 139},
       "unknown",
       "exited with status 139 (128 + SIGSEGV) after 0.3 s"},
      {{.signal = 6},
       "unknown",
       "was killed by signal 6 (SIGABRT) after 0.3 s"},
      {{.signal = 9, .oom = true},
       "oom-killed",
       "was killed by the kernel: out of memory after 0.3 s"},
  }));
  CAPTURE(c.message);
  w.deployment.ends = {300ms, c.exit};
  const GateResult result = w.held();
  REQUIRE(result.kind == Kind::fail);
  CHECK(result.failure->stage == Stage::start);
  CHECK(result.failure->cause == c.cause);
  CHECK(result.failure->message == c.message);
  CHECK(result.failure->signature.empty());
  CHECK(w.clock.elapsed() == 300ms);
}

TEST_CASE("What answers beside a dead process is not the service",
          "[core][hold]") {
  World w;
  w.deployment.ends = {0ms, Exit{.code = 1}};
  w.check.replies = {ScriptedCheck::passes()};
  CHECK(w.held().kind == Kind::fail);
}

TEST_CASE("A process that ends after health ends in soak", "[core][hold]") {
  World w;
  w.deployment.ends = {2s, Exit{.code = 1}};
  w.check.replies = {ScriptedCheck::passes()};

  SECTION("seen by the gate that soaks") {
    w.gate.soak = 10s;
    const GateResult result = w.held();
    CHECK(result.kind == Kind::fail);
    CHECK(result.failure->stage == Stage::soak);
    CHECK(w.clock.elapsed() == 2s);
  }
  SECTION("seen by a later gate") {
    w.check.replies = {ScriptedCheck::fails()};
    CHECK(w.held(true).failure->stage == Stage::soak);
  }
}

TEST_CASE("The deadline counts from the start of the process", "[core][hold]") {
  World w;
  w.gate.deadline = 10s;
  w.check.replies = {ScriptedCheck::fails("/ok is not true")};

  SECTION("a gate that begins at once") {
    const GateResult result = w.held();
    CHECK(result.kind == Kind::fail);
    CHECK(result.failure->stage == Stage::health);
    CHECK(result.failure->message == "/ok is not true");
    CHECK(w.clock.elapsed() == 10s);
  }
  SECTION("a gate that begins late has what is left") {
    w.clock.sleep(4s);
    w.held();
    CHECK(w.clock.elapsed() == 10s);
  }
  SECTION("a gate whose deadline has passed has a turn of its own") {
    w.clock.sleep(60s);
    w.held();
    CHECK(w.clock.elapsed() == 65s);
  }
}

TEST_CASE("Successes count only in a row", "[core][hold]") {
  World w;
  w.gate.successes = 3;
  const auto pass = ScriptedCheck::passes();
  const auto fail = ScriptedCheck::fails("flaps");

  SECTION("at last") {
    w.check.replies = {fail, pass, pass, fail, pass, pass, pass};
    const GateResult result = w.held();
    CHECK(result.kind == Kind::pass);
    CHECK(result.attempts == 7);
  }
  SECTION("never: it had been healthy, so it did not stay so") {
    bool up = false;
    w.check.answer = [&] { return (up = !up) ? pass : fail; };
    const GateResult result = w.held();
    CHECK(result.kind == Kind::fail);
    CHECK(result.failure->stage == Stage::soak);
    CHECK(w.clock.elapsed() <= 30s + 100ms);
  }
}

TEST_CASE("Soak looks on until it is over", "[core][hold]") {
  World w;
  w.gate.soak = 5min;
  SECTION("and passes when nothing happened") {
    w.check.replies = {ScriptedCheck::passes()};
    const GateResult result = w.held();
    CHECK(result.kind == Kind::pass);
    CHECK(w.clock.elapsed() == 5min);
    CHECK(result.attempts > 250);
  }
  SECTION("and fails with the first failure, keeping its cause") {
    w.check.answer = [&] {
      if (w.clock.elapsed() < 100s) return ScriptedCheck::passes();
      CheckResult result = ScriptedCheck::fails("status 500, expected 200");
      result.failure->cause = "health-check-5xx";
      return result;
    };
    const GateResult result = w.held();
    CHECK(result.kind == Kind::fail);
    CHECK(result.failure->stage == Stage::soak);
    CHECK(result.failure->cause == "health-check-5xx");
    CHECK(w.clock.elapsed() <= 101s);
  }
  SECTION("and is not broken by trouble of this machine") {
    w.check.answer = [&] {
      return w.clock.elapsed() > 10s && w.clock.elapsed() < 20s
                 ? ScriptedCheck::infra()
                 : ScriptedCheck::passes();
    };
    CHECK(w.held().kind == Kind::pass);
  }
}

TEST_CASE("An answer outweighs a look that the deadline cuts off",
          "[core][hold]") {
  // It answers in 300 ms; the last look has less than that.
  World w;
  w.check.within = [&](std::chrono::milliseconds patience) {
    w.clock.sleep(std::min<std::chrono::milliseconds>(patience, 300ms));
    if (patience >= 300ms) return ScriptedCheck::fails("status 500");
    CheckResult cut = ScriptedCheck::fails("no answer");
    cut.failure->cause = "health-timeout";
    return cut;
  };
  CHECK(w.held().failure->message == "status 500");

  // One that hangs from some time on is told as that.
  World hangs;
  hangs.check.within = [&](std::chrono::milliseconds patience) {
    const bool early = hangs.clock.elapsed() < 5s;
    hangs.clock.sleep(early ? 300ms : patience);
    CheckResult result =
        ScriptedCheck::fails(early ? "status 500" : "no answer");
    if (!early) result.failure->cause = "health-timeout";
    return result;
  };
  CHECK(hangs.held().failure->message == "no answer");
}

TEST_CASE("A decisive look ends the wait", "[core][hold]") {
  World w;
  SECTION("skip") {
    w.check.replies = {{.kind = Kind::skip, .decisive = true}};
    CHECK(w.held().kind == Kind::skip);
  }
  SECTION("fail") {
    auto fail = ScriptedCheck::fails("$TOKEN is not set");
    fail.decisive = true;
    w.check.replies = {fail};
    CHECK(w.held().kind == Kind::fail);
  }
  CHECK(w.clock.elapsed() == 0ms);
}

TEST_CASE("Trouble of this machine is no verdict", "[core][hold]") {
  World w;
  SECTION("when it lasts") {
    w.check.replies = {ScriptedCheck::infra()};
    CHECK(w.held().kind == Kind::infra);
    CHECK(w.clock.elapsed() == 30s);
  }
  SECTION("and is forgotten when it ends") {
    w.check.replies = {ScriptedCheck::infra(), ScriptedCheck::passes()};
    CHECK(w.held().kind == Kind::pass);
  }
}

TEST_CASE("At the deadline the sockets say why nobody answered",
          "[core][hold]") {
  World w;
  w.ready_at(1h);
  SECTION("nothing bound") {
    const GateResult result = w.held();
    CHECK(result.failure->stage == Stage::listen);
    CHECK(result.failure->cause == "no-port-bound");
  }
  SECTION("bound elsewhere") {
    w.deployment.bound = {{{"0.0.0.0", 3000}}};
    const GateResult result = w.held();
    CHECK(result.failure->stage == Stage::listen);
    CHECK(result.failure->cause == "wrong-port");
    CHECK(result.failure->evidence == "3000");
  }
  SECTION("the gate asked for a port that is not the routed one") {
    w.deployment.port = 9999;
    w.deployment.bound = {{{"0.0.0.0", 9999}}};
    CHECK(w.held().failure->cause == "no-port-bound");
  }
  SECTION("the platform cannot tell") {
    w.deployment.bound = std::nullopt;
    CHECK(w.held().failure->cause == "no-port-bound");
  }
  CHECK(w.clock.elapsed() == 30s);
}

TEST_CASE("Healthy over loopback alone is not healthy on a platform",
          "[core][hold]") {
  World w;
  w.check.replies = {{.kind = CheckResult::Kind::pass, .local_port = 10000}};
  w.deployment.bound = {{{"127.0.0.1", 10000}}};
  SECTION("emulated: known at once") {
    w.deployment.platform = Emulation::render;
    const GateResult result = w.held();
    CHECK(result.kind == Kind::fail);
    CHECK(result.failure->stage == Stage::listen);
    CHECK(result.failure->cause == "bound-to-localhost");
    CHECK(w.clock.elapsed() == 0ms);
  }
  SECTION("not emulated: fine") {
    CHECK(w.held().kind == Kind::pass);
  }
  SECTION("all interfaces: fine") {
    w.deployment.platform = Emulation::render;
    w.deployment.bound = {{{"0.0.0.0", 10000}}};
    CHECK(w.held().kind == Kind::pass);
  }
}

TEST_CASE("With settled= an unchanging failure is final", "[core][hold]") {
  World w;
  w.gate.settled = 2s;
  w.ready_at(1h);
  SECTION("a wrong port, bound for a while") {
    w.deployment.bound = {{{"0.0.0.0", 3000}}};
    CHECK(w.held().failure->cause == "wrong-port");
    CHECK(w.clock.elapsed() < 2200ms);
  }
  SECTION("a service that has bound nothing may still be starting") {
    CHECK(w.held().failure->cause == "no-port-bound");
    CHECK(w.clock.elapsed() == 30s);
  }
  SECTION("a log that goes on says that it is still starting") {
    w.deployment.bound = {{{"0.0.0.0", 3000}}};
    for (int i = 1; i <= 10; ++i) w.deployment.writes[i * 1000ms] = "loading";
    w.held();
    CHECK(w.clock.elapsed() > 11900ms);
    CHECK(w.clock.elapsed() < 12300ms);
  }
  SECTION("a wrong answer that stays the same") {
    w.check.answer = nullptr;
    w.check.replies = {ScriptedCheck::fails("/ok is not true")};
    CHECK(w.held().failure->message == "/ok is not true");
    CHECK(w.clock.elapsed() < 2200ms);
  }
  SECTION("without it the deadline is waited for") {
    w.gate.settled = 0s;
    w.deployment.bound = {{{"0.0.0.0", 3000}}};
    w.held();
    CHECK(w.clock.elapsed() == 30s);
  }
}

TEST_CASE("A line in the log brings the next look forward", "[core][hold]") {
  World w;
  const auto at = GENERATE(9998ms, 9999ms, 10000ms, 10001ms, 10002ms);
  w.deployment.writes[at] = "Listening";
  w.ready_at(at);
  CHECK(w.held().kind == Kind::pass);
  CHECK(w.clock.elapsed() - at <= 500us);
}

TEST_CASE("A gate's own interval is kept", "[core][hold]") {
  World w;
  w.gate.interval = 1s;
  w.gate.deadline = 10s;
  w.check.replies = {ScriptedCheck::fails()};
  CHECK(w.held().attempts == 11);
}

TEST_CASE("An interval does not make a start look slow", "[core][hold]") {
  World w;
  w.gate.interval = 30s;
  w.gate.deadline = 30s;
  w.ready_at(2s);
  CHECK(w.held().kind == Kind::pass);
  CHECK(w.clock.elapsed() < 3s);
}

TEST_CASE("What listens after the last look is late, not out of reach",
          "[core][hold]") {
  World w;
  w.gate.deadline = 2s;
  w.deployment.bound = {{BoundSocket{"0.0.0.0", 10000}}};
  w.ready_at(3s);
  const GateResult result = w.held();
  CHECK(result.failure->cause == "startup-timeout");
  CHECK_THAT(result.failure->message, Catch::Contains("the last time"));
}

}  // namespace rung::hold_test
