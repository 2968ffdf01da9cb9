#include "core/gates/whose_answer.hpp"

#include <catch2/catch.hpp>

#include "core/gates/health_check.hpp"
#include "core/gates/hold.hpp"
#include "core/gates/probe.hpp"
#include "tests/fakes/fake_deployment.hpp"
#include "tests/fakes/scripted_check.hpp"

namespace rung::whose_answer_test {
namespace {

using namespace std::chrono_literals;
using Owner = PortListener::Owner;

PortListener listener(Owner owner, std::string address) {
  PortListener one;
  one.owner = owner;
  one.socket = {std::move(address), 10000};
  if (owner == Owner::stranger) {
    one.pid = 77;
    one.program = "node";
  }
  return one;
}

/// "" = the trial answers, or nobody can tell.
std::string answers(const std::vector<PortListener>& listeners,
                    std::string_view address = "127.0.0.1") {
  const auto other = stranger_at(listeners, address);
  return other ? other->program : "";
}

}  // namespace

TEST_CASE("The nearest listener answers", "[core][whose_answer]") {
  const auto own = [](const char* at) { return listener(Owner::trial, at); };
  const auto other = [](const char* at) {
    return listener(Owner::stranger, at);
  };
  CHECK(answers({}).empty());
  CHECK(answers({own("0.0.0.0")}).empty());
  CHECK(answers({other("0.0.0.0")}) == "node");
  CHECK(answers({other("127.0.0.1"), own("0.0.0.0")}) == "node");
  CHECK(answers({own("127.0.0.1"), other("0.0.0.0")}).empty());
  CHECK(answers({other("0.0.0.0"), own("::")}) == "node");
  CHECK(answers({own("0.0.0.0"), other("::")}).empty());
  CHECK(answers({other("::")}) == "node");
  // Elsewhere is not here.
  CHECK(answers({other("192.168.1.5")}).empty());
  CHECK(answers({other("127.0.0.1"), own("::1")}, "::1").empty());
  CHECK(answers({other("::"), own("0.0.0.0")}, "::1") == "node");
  // Both share the port: either may have answered.
  CHECK(answers({own("0.0.0.0"), other("0.0.0.0")}) == "node");
  // What rung may not inspect is not called a stranger.
  CHECK(answers({listener(Owner::unknown, "0.0.0.0")}).empty());
}

TEST_CASE("Who answers in the trial's place is named, by pid where it is seen",
          "[core][whose_answer]") {
  const auto other = listener(Owner::stranger, "0.0.0.0");
  CHECK(stranger_failure(other, "http /")
            .message.find("http /: port 10000 is answered by node (pid 77), "
                          "which is not a process of the trial") == 0);
  CHECK(stranger_failure(other).message.find(
            "port 10000 is held by node (pid 77), ") == 0);
  auto unseen = other;
  unseen.pid = 0;
  CHECK(stranger_failure(unseen).message.find("may not inspect") !=
        std::string::npos);
}

TEST_CASE("A stranger that goes on answering ends the wait",
          "[core][whose_answer]") {
  fakes::ManualClock clock;
  fakes::FakeDeployment deployment(clock);
  fakes::ScriptedCheck check;
  Saved saved;
  Gate gate;
  CheckResult taken;
  taken.kind = CheckResult::Kind::infra;
  taken.failure = stranger_failure(listener(Owner::stranger, "0.0.0.0"), "tcp");
  SECTION("for two seconds") {
    check.answer = [&] { return taken; };
    CHECK(hold(gate, check, deployment, saved, clock).kind ==
          CheckResult::Kind::infra);
    CHECK(clock.elapsed() >= 2s);
    CHECK(clock.elapsed() < 4s);
  }
  SECTION("but one that leaves has done no harm") {
    check.answer = [&] {
      return clock.elapsed() < 1500ms ? taken : fakes::ScriptedCheck::passes();
    };
    CHECK(hold(gate, check, deployment, saved, clock).kind ==
          CheckResult::Kind::pass);
  }
}

TEST_CASE("A trial that failed while its port was taken is not judged",
          "[core][whose_answer]") {
  fakes::ManualClock clock;
  fakes::FakeDeployment deployment(clock);
  deployment.ends = {1s, Exit{.code = 1}};
  fakes::ScriptedCheck check;
  check.replies = {fakes::ScriptedCheck::fails()};
  const std::vector<Gate> gates(1);
  ProbeSettings settings;
  settings.gates = gates;
  settings.make_check = [&](const Gate&) {
    struct Forward : HealthCheck {
      fakes::ScriptedCheck& to;
      explicit Forward(fakes::ScriptedCheck& t) : to(t) {}
      CheckResult look(Deployment& d, Saved& s,
                       std::chrono::milliseconds at_most) override {
        return to.look(d, s, at_most);
      }
    };
    return std::make_unique<Forward>(check);
  };
  SECTION("nobody has it") {
    deployment.on_port = std::vector<PortListener>{};
    CHECK(judge(deployment, settings, clock).verdict == Verdict::bad);
  }
  SECTION("the trial has it") {
    deployment.on_port = {{listener(Owner::trial, "0.0.0.0")}};
    CHECK(judge(deployment, settings, clock).verdict == Verdict::bad);
  }
  SECTION("another has it") {
    deployment.on_port = {{listener(Owner::stranger, "192.168.1.5")}};
    const Observation seen = judge(deployment, settings, clock);
    CHECK(seen.verdict == Verdict::infra);
    CHECK(seen.failure->message.find("node (pid 77)") != std::string::npos);
  }
}

TEST_CASE("A port that the trial chose and could not bind is looked up",
          "[core][whose_answer]") {
  fakes::ManualClock clock;
  fakes::FakeDeployment deployment(clock);
  deployment.on_port = {{listener(Owner::stranger, "0.0.0.0")}};
  Failure failure;
  failure.cause = "port-in-use";
  const auto found = [&](const char* message) {
    failure.message = message;
    return stranger_on_port_of(deployment, failure).has_value();
  };
  CHECK(found("Error: listen EADDRINUSE: address already in use :::9099"));
  CHECK(
      found("OSError: [Errno 98] error while attempting to bind on address "
            "('127.0.0.1', 9099): address already in use"));
  CHECK(found("listen tcp :80: bind: address already in use"));
  CHECK_FALSE(found("Address already in use"));
  CHECK_FALSE(found("bind to 127.0.0.1 failed"));
  deployment.on_port = {{listener(Owner::trial, "0.0.0.0")}};
  CHECK_FALSE(found("address already in use :::9099"));
  deployment.on_port = {{listener(Owner::stranger, "0.0.0.0")}};
  failure.cause = "health-timeout";
  CHECK_FALSE(found("no answer on port 9099"));
}

}  // namespace rung::whose_answer_test
