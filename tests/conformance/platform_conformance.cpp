#include "tests/conformance/platform_conformance.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"
#include "tests/conformance/suite.hpp"

namespace rung::conformance {
namespace {

using namespace std::chrono_literals;

void check_trials(World& world) {
  SECTION("a trial runs until it is withdrawn, and twice is no error") {
    auto platform = world.another_rung();
    const auto trial = deployed(*platform, with_secret(world, Behaviour::good));
    CHECK(judged(*trial).verdict == Verdict::good);
    CHECK_FALSE(trial->exited());
    CHECK(world.existing().size() == 1);
    CHECK(world.starts() == 1);
    platform->withdraw(*trial);
    CHECK(world.existing() == none());
    platform->withdraw(*trial);
    CHECK(world.existing() == none());
    CHECK(trial->exited());
  }
  SECTION("deploying the same again is another trial, of the same kind") {
    auto platform = world.another_rung();
    const Bundle bundle = with_secret(world, Behaviour::good);
    for (int i = 0; i < 2; ++i) {
      const auto trial = deployed(*platform, bundle);
      CHECK(judged(*trial).verdict == Verdict::good);
      platform->withdraw(*trial);
    }
    CHECK(world.starts() == 2);
    CHECK(world.existing() == none());
  }
  SECTION("what exits is seen to, with its status and its words") {
    auto platform = world.another_rung();
    auto answer = platform->deploy(with_secret(world, Behaviour::exits));
    if (const auto* refused = std::get_if<Refused>(&answer)) {
      // A platform that judges starts itself says so by refusing.
      CHECK(refused->failure.stage == Stage::start);
      CHECK_THAT(refused->log, Catch::Contains("SETTING is missing"));
    } else {
      auto& trial = *std::get<std::unique_ptr<Deployment>>(answer);
      wait_for_exit(trial);
      REQUIRE(trial.exited());
      CHECK(trial.exited()->code == 3);
      CHECK(trial.exited()->signal == 0);
      CHECK_FALSE(trial.exited()->oom);
      CHECK_THAT(trial.log(), Catch::Contains("SETTING is missing"));
      platform->withdraw(trial);
    }
    CHECK(world.existing() == none());
    const auto seen =
        probed(*platform, with_secret(world, Behaviour::exits)).observation;
    CHECK(seen.verdict == Verdict::bad);
    REQUIRE(seen.failure);
    CHECK(seen.failure->stage == Stage::start);
  }
  SECTION("what is unhealthy is bad at health, not refused") {
    auto platform = world.another_rung();
    const auto seen =
        probed(*platform, with_secret(world, Behaviour::unhealthy)).observation;
    CHECK(seen.verdict == Verdict::bad);
    REQUIRE(seen.failure);
    CHECK(seen.failure->stage == Stage::health);
    CHECK(world.existing() == none());
  }
}

void check_refusals(World& world) {
  SECTION("a refused release is bad at its stage, and nothing is left of it") {
    auto platform = world.another_rung();
    for (auto& [stage, bundle] : world.refused()) {
      CAPTURE(to_string(stage));
      add_secret(bundle);
      const ProbeEvidence seen = probed(*platform, bundle);
      CHECK(seen.observation.verdict == Verdict::bad);
      REQUIRE(seen.observation.failure);
      CAPTURE(seen.observation.failure->message);
      CHECK(seen.observation.failure->stage == stage);
      CHECK_FALSE(seen.observation.failure->message.empty());
      CHECK_FALSE(tells_secret(seen.observation.failure->message));
      CHECK_FALSE(tells_secret(seen.log));
      CHECK(world.existing() == none());
    }
    CHECK_FALSE(tells_secret(world.overheard()));
  }
  SECTION("a platform that is down is never the release's fault") {
    auto platform = world.another_rung();
    if (!world.down(true)) return;
    try {
      const auto answer =
          platform->deploy(with_secret(world, Behaviour::good));
      FAIL("deployed to a platform that is down");
    } catch (const Error& error) {
      CAPTURE(error.what());
      CHECK((dynamic_cast<const PlatformError*>(&error) != nullptr ||
             dynamic_cast<const AbortError*>(&error) != nullptr));
      CHECK_FALSE(tells_secret(error.what()));
    }
    world.down(false);
    CHECK(world.starts() == 0);
    const auto trial = deployed(*platform, with_secret(world, Behaviour::good));
    CHECK(judged(*trial).verdict == Verdict::good);
    platform->withdraw(*trial);
    CHECK(world.existing() == none());
  }
}

// Deploys and withdraws with the nth call in trouble, for every n there is.
void check_trouble(World& world) {
  SECTION("a lost reply deploys nothing twice and leaves nothing") {
    std::size_t n = 1;
    for (bool more = true; more; n += world.step()) {
      CAPTURE(n);
      auto platform = world.another_rung();
      const std::size_t before = world.starts();
      if (!world.arrange(Trouble::lost_reply, n)) return;
      try {
        const auto trial =
            deployed(*platform, with_secret(world, Behaviour::good));
        CHECK(world.starts() == before + 1);
        CHECK(judged(*trial).verdict == Verdict::good);
        platform->withdraw(*trial);
      } catch (const PlatformError& error) {
        CHECK_FALSE(tells_secret(error.what()));
      }
      more = world.happened();
      CHECK(world.starts() <= before + 1);
      platform.reset();
      if (world.existing() != none()) world.another_rung()->clean_up();
      CHECK(world.existing() == none());
    }
    CHECK(n > 2);  // there were calls to lose
  }
  SECTION("interrupted in any state, nothing stays for good") {
    std::size_t n = 1;
    for (bool more = true; more; n += world.step()) {
      CAPTURE(n);
      auto platform = world.another_rung();
      if (!world.arrange(Trouble::interrupt, n)) return;
      bool interrupted = false;
      try {
        probed(*platform, with_secret(world, Behaviour::good));
      } catch (const Interrupted&) {
        interrupted = true;
      }
      Interruption::clear();
      more = world.happened();
      // Where all was done by then it may end as if nothing had been.
      if (!more) CHECK_FALSE(interrupted);
      platform.reset();
      Interruption::clear();
      if (world.existing() != none()) world.another_rung()->clean_up();
      CHECK(world.existing() == none());
    }
  }
  SECTION("killed in any state, the next rung takes away what is left") {
    std::size_t n = 1;
    for (bool more = true; more; n += world.step()) {
      CAPTURE(n);
      auto platform = world.another_rung();
      if (!world.arrange(Trouble::cut, n)) return;
      try {
        probed(*platform, with_secret(world, Behaviour::good));
      } catch (const Error&) {
        // That it cannot work is no news; what it left behind is the question.
      }
      platform.reset();
      more = world.happened();
      auto next = world.another_rung();
      next->clean_up();
      CHECK(world.existing() == none());
    }
  }
}

void check_stopping(World& world) {
  SECTION("interrupted while a trial runs, it can still be withdrawn") {
    auto platform = world.another_rung();
    const auto trial = deployed(*platform, with_secret(world, Behaviour::good));
    CHECK(judged(*trial).verdict == Verdict::good);
    std::thread user([] { Interruption::request(); });
    user.join();
    CHECK_THROWS_AS(
        [&] {
          for (int i = 0; i < 100; ++i) trial->wait(100ms);
        }(),
        Interrupted);
    platform->withdraw(*trial);
    Interruption::clear();
    CHECK(world.existing() == none());
  }
}

void check_leftovers(World& world) {
  SECTION("clean_up takes what the dead left, not what the living use") {
    auto living = world.another_rung();
    if (!living->capabilities().several_trials) return;
    const auto used = deployed(*living, with_secret(world, Behaviour::good));
    CHECK(judged(*used).verdict == Verdict::good);
    const auto mine = world.existing();
    {
      auto dead = world.another_rung();
      const auto left = deployed(*dead, with_secret(world, Behaviour::good));
    }
    auto next = world.another_rung();
    next->clean_up();
    CHECK(world.existing() == mine);
    CHECK(next->clean_up().empty());
    CHECK(judged(*used).verdict == Verdict::good);
    living->withdraw(*used);
    CHECK(world.existing() == none());
  }
}

void check_claims(World& world) {
  SECTION("what it says it can do it can") {
    auto platform = world.another_rung();
    const Capabilities can = platform->capabilities();
    CHECK_FALSE(platform->name().empty());
    const auto one = deployed(*platform, with_secret(world, Behaviour::good));
    CHECK(judged(*one).verdict == Verdict::good);
    if (const auto bound = one->sockets(); bound && one->routed_port() != 0) {
      bool routed = false;
      for (const auto& socket : *bound) {
        routed = routed || socket.port == one->routed_port();
      }
      CHECK(routed);
    }
    if (can.several_trials) {
      const auto two =
          deployed(*platform, with_secret(world, Behaviour::good_too));
      CHECK(judged(*two).verdict == Verdict::good);
      CHECK(one->url() != two->url());
      platform->withdraw(*one);
      CHECK(judged(*two).verdict == Verdict::good);
      platform->withdraw(*two);
    } else {
      platform->withdraw(*one);
    }
    CHECK(world.existing() == none());
  }
  SECTION("no secret can be overheard") {
    auto platform = world.another_rung();
    const auto trial = deployed(*platform, with_secret(world, Behaviour::good));
    CHECK(judged(*trial).verdict == Verdict::good);
    CHECK(trial->env().at("API_KEY") == kSecret);
    CHECK_FALSE(tells_secret(world.overheard()));
    platform->withdraw(*trial);
    CHECK_FALSE(tells_secret(world.overheard()));
  }
}

}  // namespace

void check_platform(const MakeWorld& make) {
  const auto world = make();
  if (!world) return;
  check_trials(*world);
  check_refusals(*world);
  check_trouble(*world);
  check_stopping(*world);
  check_leftovers(*world);
  check_claims(*world);
}

}  // namespace rung::conformance
