#include "core/gates/settle.hpp"

#include <catch2/catch.hpp>

#include "core/gates/hold.hpp"
#include "core/gates/probe.hpp"
#include "tests/fakes/fake_deployment.hpp"
#include "tests/fakes/scripted_check.hpp"

namespace rung::settle_test {
namespace {

using namespace std::chrono_literals;
using fakes::ScriptedCheck;
using Kind = CheckResult::Kind;

std::vector<PortListener> own(std::uint64_t number,
                              std::set<std::int64_t> held_by) {
  PortListener one;
  one.owner = PortListener::Owner::trial;
  one.socket = {"0.0.0.0", 10000};
  one.number = number;
  one.held_by = std::move(held_by);
  return {one};
}

struct World {
  fakes::ManualClock clock;
  fakes::FakeDeployment deployment{clock};
  unsigned looks = 0;
  bool answers = true;
  std::function<void()> looked = [] {};
  LookAgain again{[this] {
                    ++looks;
                    looked();
                    GateResult result;
                    result.kind = answers ? Kind::pass : Kind::fail;
                    return result;
                  },
                  1ms};

  World() { deployment.on_port = own(1, {5, 6}); }
  GateResult settled() {
    return settle(deployment, clock, clock.now() + 1s, again);
  }
};

}  // namespace

TEST_CASE("What stays up costs no more than its time", "[core][settle]") {
  World w;
  SECTION("on this machine") {}
  SECTION("where nothing is seen") { w.deployment.on_port.reset(); }
  SECTION("a worker, which listens nowhere") { w.deployment.port = 0; }
  SECTION("nothing can be asked again") { w.again = {}; }
  SECTION("the gate takes too long to be asked again") { w.again.takes = 2s; }
  CHECK(w.settled().kind == Kind::pass);
  CHECK(w.clock.elapsed() == 1s);
  CHECK(w.looks <= 1);
}

TEST_CASE("What ends after its first answer is not healthy",
          "[core][settle]") {
  World w;
  w.deployment.ends = {300ms, Exit{.code = 3}};
  w.deployment.on_port_later[290ms] = {};  // its sockets go first
  const GateResult result = w.settled();
  REQUIRE(result.kind == Kind::fail);
  CHECK(result.failure->stage == Stage::soak);
  CHECK(result.failure->message == "exited with status 3 after 0.3 s");
  CHECK(w.clock.elapsed() <= 320ms);
}

TEST_CASE("A port that closes again is not healthy", "[core][settle]") {
  World w;
  const char* message = nullptr;
  SECTION("for good") {
    w.deployment.on_port_later[300ms] = {};
    message = "closed port 10000 0.3 s after its gates had passed";
  }
  SECTION("and is opened by a process that was started anew") {
    w.deployment.on_port_later[300ms] = own(2, {7});
    message = "closed and opened port 10000 0.3 s after its gates had passed";
  }
  const GateResult result = w.settled();
  REQUIRE(result.kind == Kind::fail);
  CHECK(result.failure->message == message);
  CHECK(result.failure->stage == Stage::soak);
}

TEST_CASE("A master whose workers die is asked again", "[core][settle]") {
  World w;
  w.deployment.on_port_later[300ms] = own(1, {5});
  SECTION("it does not answer") {
    w.answers = false;
    CHECK(w.settled().kind == Kind::fail);
    CHECK(w.clock.elapsed() < 500ms);
  }
  SECTION("it does: that process had something else to do") {
    CHECK(w.settled().kind == Kind::pass);
    CHECK(w.looks == 1);
    CHECK(w.clock.elapsed() == 1s);
  }
}

TEST_CASE("Workers that die of each answer do not serve", "[core][settle]") {
  World w;
  std::int64_t worker = 6;
  w.deployment.on_port_later[10ms] = own(1, {5});
  w.deployment.on_port_later[30ms] = own(1, {5, ++worker});
  w.looked = [&] {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        w.clock.now() - w.deployment.started());
    w.deployment.on_port_later[now] = own(1, {5});
    w.deployment.on_port_later[now + 20ms] = own(1, {5, ++worker});
  };
  const GateResult result = w.settled();
  REQUIRE(result.kind == Kind::fail);
  CHECK(result.failure->message ==
        "its processes on port 10000 end after each answer");
}

TEST_CASE("A server that forks for each request serves", "[core][settle]") {
  World w;
  // The child of the gate's request is still there at first.
  w.deployment.on_port_later[10ms] = own(1, {5});
  w.looked = [&] {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        w.clock.now() - w.deployment.started());
    w.deployment.on_port_later[now] = own(1, {5, 100 + w.looks});
    w.deployment.on_port_later[now + 30ms] = own(1, {5});
  };
  CHECK(w.settled().kind == Kind::pass);
  CHECK(w.clock.elapsed() == 1s);
}

namespace {

/// A whole judgement by one gate.
struct Judged {
  fakes::ManualClock clock;
  fakes::FakeDeployment deployment{clock};
  ScriptedCheck check;
  std::vector<Gate> gates = {Gate{}};
  ProbeSettings settings;

  Judged() {
    deployment.on_port = own(1, {5});
    check.replies = {ScriptedCheck::passes()};
    std::get<HttpGate>(gates.front().check).url = "/health";
    settings.settle = 1s;
    settings.make_check = [this](const Gate&) {
      struct Forward : HealthCheck {
        ScriptedCheck& to;
        explicit Forward(ScriptedCheck& t) : to(t) {}
        CheckResult look(Deployment& d, Saved& s,
                         std::chrono::milliseconds at_most) override {
          return to.look(d, s, at_most);
        }
      };
      return std::make_unique<Forward>(check);
    };
  }
  Observation seen() {
    settings.gates = gates;
    return judge(deployment, settings, clock);
  }
};

}  // namespace

TEST_CASE("A release settles after its gates", "[core][settle]") {
  Judged w;
  SECTION("for a second") {
    CHECK(w.seen().verdict == Verdict::good);
    CHECK(w.clock.elapsed() == 1s);
  }
  SECTION("not when told") {
    w.settings.settle = 0s;
    CHECK(w.seen().verdict == Verdict::good);
    CHECK(w.clock.elapsed() == 0s);
  }
  SECTION("what it has soaked counts") {
    w.gates.front().soak = 400ms;
    CHECK(w.seen().verdict == Verdict::good);
    CHECK(w.clock.elapsed() == 1s);
  }
  SECTION("and is asked again: one answer is not enough") {
    w.check.replies = {ScriptedCheck::passes(),
                       ScriptedCheck::fails("status 500")};
    const Observation seen = w.seen();
    CHECK(seen.verdict == Verdict::bad);
    CHECK(seen.failure->stage == Stage::soak);
    CHECK(seen.failure->message == "status 500, though it had passed before");
  }
  SECTION("a gate that fails now and then is asked until it passes") {
    w.check.replies = {ScriptedCheck::passes(), ScriptedCheck::fails(),
                       ScriptedCheck::fails(), ScriptedCheck::passes()};
    CHECK(w.seen().verdict == Verdict::good);
  }
  SECTION("what changes something is not asked again") {
    std::get<HttpGate>(w.gates.front().check).method = "POST";
    CHECK(w.seen().verdict == Verdict::good);
    CHECK(w.check.looks == 1);
  }
}

}  // namespace rung::settle_test
