#include "core/gates/probe.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"
#include "tests/fakes/fake_deployment.hpp"
#include "tests/fakes/scripted_check.hpp"

namespace rung::probe_test {
namespace {

using fakes::ScriptedCheck;
using Offset = fakes::FakeDeployment::Offset;

/// Forwards to a check that the test keeps.
class Shared : public HealthCheck {
 public:
  explicit Shared(ScriptedCheck& check) : check_(check) {}
  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    return check_.look(deployment, saved, at_most);
  }

 private:
  ScriptedCheck& check_;
};

struct FakePlatform : Platform {
  fakes::ManualClock& clock;
  unsigned deploys = 0, withdrawn = 0, down = 0;
  std::optional<Refused> refused;
  std::function<void(fakes::FakeDeployment&)> prepare = [](auto&) {};

  explicit FakePlatform(fakes::ManualClock& c) : clock(c) {}
  std::string_view name() const override { return "fake"; }
  Capabilities capabilities() const override { return {}; }
  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle&) override {
    ++deploys;
    if (down > 0) {
      --down;
      throw PlatformError("the platform is down");
    }
    if (refused) return *refused;
    auto deployment = std::make_unique<fakes::FakeDeployment>(clock);
    prepare(*deployment);
    return deployment;
  }
  void withdraw(Deployment&) override { ++withdrawn; }
};

struct World {
  fakes::ManualClock clock;
  FakePlatform platform{clock};
  ScriptedCheck check;
  std::vector<Gate> gates = {Gate{}};
  ProbeSettings settings;

  World() {
    gates[0].deadline = std::chrono::seconds(2);
    check.replies = {ScriptedCheck::passes()};
    settings.make_check = [this](const Gate&) {
      return std::make_unique<Shared>(check);
    };
  }
  Observation run() {
    settings.gates = gates;
    return probe(platform, {}, settings, clock).observation;
  }
};

}  // namespace

TEST_CASE("A probe withdraws whatever it deployed", "[core][probe]") {
  World world;
  SECTION("after a good one") {
    CHECK(world.run().verdict == Verdict::good);
    CHECK(world.platform.withdrawn == 1);
  }
  SECTION("after a bad one") {
    world.check.replies = {ScriptedCheck::fails()};
    CHECK(world.run().verdict == Verdict::bad);
    CHECK(world.platform.withdrawn == 1);
  }
  SECTION("when the gate throws") {
    world.check.answer = []() -> CheckResult { throw Interrupted("stop"); };
    CHECK_THROWS_AS(world.run(), Interrupted);
    CHECK(world.platform.withdrawn == 1);
  }
}

TEST_CASE("A platform that fails is asked again and blames no release",
          "[core][probe]") {
  World world;
  SECTION("it comes back") {
    world.platform.down = 2;
    CHECK(world.run().verdict == Verdict::good);
    CHECK(world.platform.deploys == 3);
  }
  SECTION("it stays away") {
    world.platform.down = 99;
    const Observation seen = world.run();
    CHECK(seen.verdict == Verdict::infra);
    CHECK(seen.failure->cause == "platform-error");
    CHECK(world.platform.deploys == 3);
  }
}

TEST_CASE("A refused release is bad, at the stage the platform names",
          "[core][probe]") {
  World world;
  Refused refused;
  refused.failure.stage = Stage::build;
  refused.failure.message = "the build exited with status 1";
  refused.log = "npm ERR! missing script: build\n";
  world.platform.refused = refused;
  const Observation seen = world.run();
  CHECK(seen.verdict == Verdict::bad);
  CHECK(seen.failure->stage == Stage::build);
  CHECK_FALSE(seen.failure->signature.empty());
}

TEST_CASE("A service that only this machine can reach fails on a platform",
          "[core][probe]") {
  World world;
  world.platform.prepare = [](fakes::FakeDeployment& deployment) {
    deployment.bound = {{"127.0.0.1", 10000}};
  };
  SECTION("no platform: fine") {
    CHECK(world.run().verdict == Verdict::good);
  }
  SECTION("emulated platform: its router could not reach it") {
    const auto before = world.platform.prepare;
    world.platform.prepare = [=](fakes::FakeDeployment& deployment) {
      before(deployment);
      deployment.platform = Emulation::render;
    };
    const Observation seen = world.run();
    CHECK(seen.verdict == Verdict::bad);
    CHECK(seen.failure->stage == Stage::listen);
    CHECK(seen.failure->cause == "bound-to-localhost");
  }
}

TEST_CASE("What a log shows goes into the failure, secrets taken out",
          "[core][probe]") {
  World world;
  world.check.replies = {ScriptedCheck::fails()};
  world.platform.prepare = [](fakes::FakeDeployment& deployment) {
    deployment.writes[std::chrono::milliseconds(1)] =
        "ModuleNotFoundError: No module named 'hunter2lib'";
    deployment.ends = {std::chrono::milliseconds(5), Exit{1, 0, false}};
  };
  world.settings.redact = [](std::string text) {
    const auto at = text.find("hunter2");
    return at == std::string::npos ? text : text.replace(at, 7, "[redacted]");
  };
  const Observation seen = world.run();
  CHECK(seen.failure->stage == Stage::start);
  CHECK(seen.failure->cause == "missing-module");
  CHECK(seen.failure->message.find("hunter2") == std::string::npos);
  CHECK(seen.failure->signature.find("hunter2") == std::string::npos);
}

TEST_CASE("One failure on two ports of a trial is one failure",
          "[core][probe]") {
  struct Case {
    const char* what;
    std::function<void(World&, std::uint16_t)> prepare;
  };
  const std::vector<Case> cases{
      {"nothing is bound",
       [](World& world, std::uint16_t) {
         world.check.replies = {ScriptedCheck::fails()};
       }},
      {"another port is bound",
       [](World& world, std::uint16_t port) {
         world.platform.prepare = [port](auto& deployment) {
           deployment.port = port;
           deployment.platform = Emulation::render;
           deployment.bound = std::vector<BoundSocket>{{"0.0.0.0", 3000}};
         };
       }},
      {"127.0.0.1 is bound",
       [](World& world, std::uint16_t port) {
         world.platform.prepare = [port](auto& deployment) {
           deployment.port = port;
           deployment.platform = Emulation::render;
           deployment.bound = std::vector<BoundSocket>{{"127.0.0.1", port}};
         };
       }},
      {"the log names the port",
       [](World& world, std::uint16_t port) {
         world.check.replies = {ScriptedCheck::fails()};
         world.platform.prepare = [port](auto& deployment) {
           deployment.port = port;
           deployment.writes[Offset{0}] =
               "Error: listen EADDRINUSE: address already in use :::" +
               std::to_string(port);
           deployment.ends = {Offset{100}, Exit{1, 0}};
         };
       }},
  };
  for (const Case& c : cases) {
    std::string seen[2];
    for (std::uint16_t port = 10595; port <= 10596; ++port) {
      World world;
      world.platform.prepare = [port](auto& deployment) {
        deployment.port = port;
      };
      c.prepare(world, port);
      const auto observed = world.run();
      CAPTURE(c.what, port);
      REQUIRE(observed.verdict == Verdict::bad);
      seen[port - 10595] = observed.failure->signature;
      CHECK_THAT(seen[port - 10595],
                 !Catch::Matchers::Contains(std::to_string(port)));
    }
    CHECK(seen[0] == seen[1]);
  }
}

TEST_CASE("A trial that was killed is begun once more", "[core][probe]") {
  World world;
  world.check.replies = {ScriptedCheck::fails()};
  unsigned killed = 1;
  Exit exit{.code = 0, .signal = 9, .oom = false};
  world.platform.prepare = [&](fakes::FakeDeployment& deployment) {
    if (world.platform.deploys > killed) return;
    deployment.ends = {std::chrono::milliseconds(10), exit};
  };
  SECTION("then it is judged by what it does alone") {
    world.check.answer = [&] {
      return world.platform.deploys > 1 ? ScriptedCheck::passes()
                                        : ScriptedCheck::fails();
    };
    const Observation seen = world.run();
    CHECK(seen.verdict == Verdict::good);
    CHECK(world.platform.deploys == 2);
    CHECK(seen.notes ==
          std::vector<std::string>{
              "a trial was killed from outside; rung made it again"});
  }
  SECTION("killed again it has earned it") {
    killed = 9;
    const Observation seen = world.run();
    CHECK(seen.verdict == Verdict::bad);
    CHECK(world.platform.deploys == 2);
    CHECK(seen.notes.empty());
  }
  SECTION("below a shell it has a status") {
    exit = Exit{.code = 128 + 15, .signal = 0, .oom = false};
    killed = 9;
    CHECK(world.run().verdict == Verdict::bad);
    CHECK(world.platform.deploys == 2);
  }
  SECTION("so is a build") {
    world.platform.refused = Refused{.failure = {}, .log = "", .killed = true};
    CHECK(world.run().verdict == Verdict::bad);
    CHECK(world.platform.deploys == 2);
  }
  SECTION("a build that failed by itself is not") {
    world.platform.refused = Refused{};
    CHECK(world.run().verdict == Verdict::bad);
    CHECK(world.platform.deploys == 1);
  }
  SECTION("want of memory is its own") {
    exit.oom = true;
    CHECK(world.run().failure->cause == "oom-killed");
    CHECK(world.platform.deploys == 1);
  }
  SECTION("so is a fault") {
    exit.signal = 11;
    CHECK(world.run().verdict == Verdict::bad);
    CHECK(world.platform.deploys == 1);
  }
  // What was refused has nothing to withdraw.
  CHECK(world.platform.withdrawn ==
        (world.platform.refused ? 0 : world.platform.deploys));
}

}  // namespace rung::probe_test
