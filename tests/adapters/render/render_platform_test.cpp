#include "adapters/render/render_platform.hpp"

#include <catch2/catch.hpp>
#include <iostream>

#include "core/base/error.hpp"
#include "tests/conformance/render_world.hpp"
#include "tests/conformance/suite.hpp"

namespace rung::render_platform_test {

using conformance::Behaviour;
using conformance::RenderWorld;

TEST_CASE("The Render adapter keeps every platform's promises, on a fake",
          "[adapters][render][conformance]") {
  conformance::check_platform([] { return std::make_unique<RenderWorld>(); });
  const auto& road = conformance::CheckedRoad::to_render();
  // Where Prism is there, the calls did go through it.
  if (road.unchecked().empty()) CHECK(road.checked() > 0);
}

TEST_CASE("The Render adapter keeps a release serving, on a fake",
          "[adapters][render][conformance]") {
  conformance::check_live_platform([] {
    RenderWorld::Start start;
    start.live = false;
    return std::make_unique<RenderWorld>(start);
  });
}

namespace {

LivePlatform& live_of(Platform& platform) {
  return dynamic_cast<LivePlatform&>(platform);
}
DeployRecords& records_of(Platform& platform) {
  return dynamic_cast<DeployRecords&>(platform);
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const AbortError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("On a fake of Render: what a search and a repair must not lose",
          "[adapters][render]") {
  RenderWorld world;
  auto& server = world.server();
  const auto before = server.view(world.service());

  SECTION("a release that does not pass leaves code, variables and commands") {
    auto platform = world.another_rung();
    Bundle other = world.bundle(Behaviour::good_too);
    other.env = {{"ADDED", "1"}};
    other.release.config["build"] = "true";
    bool asked = false;
    const ServeResult result = live_of(*platform).serve(
        other, "full", [&](Deployment& deployment) {
          asked = true;
          CHECK(server.view(world.service()).live_env == other.env);
          CHECK(deployment.env().at("PORT") == "10000");
          CHECK(conformance::judged(deployment).verdict == Verdict::good);
          // Meanwhile somebody sets a variable in the dashboard.
          auto env = server.view(world.service()).env;
          env["THEIRS"] = "kept";
          server.set_env(world.service(), env);
          return false;
        });
    CHECK(asked);
    CHECK_FALSE(result.serves);
    platform.reset();
    world.settle();
    const auto after = server.view(world.service());
    CHECK(after.env == std::map<std::string, std::string>{
                           {"KEPT", "as it was"}, {"THEIRS", "kept"}});
    CHECK(after.build == before.build);
    CHECK(after.start == before.start);
    CHECK(after.live_commit == before.live_commit);
    CHECK(after.live_env == before.live_env);
    CHECK(after.auto_deploy);
  }
  SECTION("a push during a search deploys nothing, after it it does") {
    auto platform = world.another_rung();
    const auto trial =
        conformance::deployed(*platform, world.bundle(Behaviour::good_too));
    CHECK_FALSE(server.view(world.service()).auto_deploy);
    const std::string pushed = world.bundle(Behaviour::good).release.commit.hex;
    CHECK(server.deploy_by_somebody(world.service(), pushed, "new_commit")
              .empty());
    platform->withdraw(*trial);
    platform.reset();
    CHECK(server.services().size() == 1);
    CHECK_FALSE(server.deploy_by_somebody(world.service(), pushed, "new_commit")
                    .empty());
  }
  SECTION("many trials share one copy, and use one deploy each") {
    auto platform = world.another_rung();
    for (const auto behaviour : {Behaviour::good, Behaviour::exits,
                                 Behaviour::good_too, Behaviour::unhealthy}) {
      conformance::probed(*platform, world.bundle(behaviour));
    }
    CHECK(server.counts().created == 1);
    CHECK(server.counts().deploys == 4);
    CHECK(server.api_deploys(world.service()) == 0);
  }
  SECTION("a group's variables stay the group's") {
    server.add_group(world.service(), {{"SHARED", "from the group"}});
    auto platform = world.another_rung();
    CHECK(records_of(*platform).stored_env().at("SHARED") == "from the group");
    Bundle release = world.bundle(Behaviour::good_too);
    release.env = {{"SHARED", "from the group"}, {"OWN", "1"}};
    CHECK(live_of(*platform)
              .serve(release, "full", [](Deployment&) { return true; })
              .serves);
    CHECK(server.view(world.service()).env ==
          std::map<std::string, std::string>{{"OWN", "1"}});
    CHECK(server.view(world.service()).live_env == release.env);
  }
  SECTION("reading what was deployed changes nothing") {
    const Bundle bad = world.bundle(Behaviour::exits);
    const std::string failed =
        server.deploy_by_somebody(world.service(), bad.release.commit.hex);
    world.settle();
    const auto writes = server.counts().writes;
    auto platform = world.another_rung();
    const auto past = records_of(*platform).past_deploys(10);
    REQUIRE(past.size() == 2);
    CHECK(past[0].id == failed);
    CHECK(past[0].commit == bad.release.commit.hex);
    CHECK_FALSE(past[0].live);
    REQUIRE(past[0].failure);
    CHECK(past[0].failure->stage == Stage::start);
    CHECK(past[1].live);
    CHECK_FALSE(past[1].failure);
    CHECK(past[0].at_ms >= past[1].at_ms);
    CHECK_THAT(records_of(*platform).log_of(failed),
               Catch::Contains("SETTING is missing") &&
                   !Catch::Contains("Your service is live"));
    const auto live = live_of(*platform).live();
    REQUIRE(live);
    CHECK(live->commit == before.live_commit);
    CHECK(live->release_id.empty());
    CHECK(conformance::judged(*live_of(*platform).attach()).verdict ==
          Verdict::good);
    platform.reset();
    CHECK(server.counts().writes == writes);
  }
  SECTION("somebody else's deploy on the copy blames no release") {
    auto platform = world.another_rung();
    const Bundle good = world.bundle(Behaviour::good);
    const auto trial = conformance::deployed(*platform, good);
    for (const auto& one : server.services()) {
      if (one.id != world.service()) {
        server.deploy_by_somebody(one.id, good.release.commit.hex);
      }
    }
    CHECK_THROWS_AS(conformance::wait_for_exit(*trial), PlatformError);
    platform->withdraw(*trial);
  }
  SECTION("what is not there, or may not be had, is one line") {
    auto platform = world.another_rung();
    ::setenv("RUNG_TEST_RENDER_KEY", "rnd_wrong", 1);
    CHECK_THAT(refusal([&] {
                 platform->deploy(world.bundle(Behaviour::good));
               }),
               Catch::Contains("401") && !Catch::Contains("rnd_wrong"));
    ::unsetenv("RUNG_TEST_RENDER_KEY");
    CHECK_THAT(refusal([&] { live_of(*platform).live(); }),
               Catch::Contains("$RUNG_TEST_RENDER_KEY is not set"));
    ::setenv("RUNG_TEST_RENDER_KEY", "rnd_key-of-the-tests", 1);
    const auto trial =
        conformance::deployed(*platform, world.bundle(Behaviour::good));
    platform->withdraw(*trial);
    server.remove(world.service());
    CHECK_THAT(refusal([&] {
                 platform->deploy(world.bundle(Behaviour::good));
               }),
               Catch::Contains("it is not there"));
    platform.reset();
    CHECK(server.services().empty());
  }
}

TEST_CASE("On a fake of Render: a trial in place is taken back whole",
          "[adapters][render]") {
  RenderWorld::Start start;
  start.in_place = true;
  RenderWorld world(start);
  const auto before = world.server().view(world.service());
  auto platform = world.another_rung();
  Bundle good = world.bundle(Behaviour::good_too);
  good.env = {{"TRIED", "1"}};
  const auto trial = conformance::deployed(*platform, good);
  CHECK(world.server().view(world.service()).live_commit ==
        good.release.commit.hex);
  platform->withdraw(*trial);
  CHECK(conformance::probed(*platform, world.bundle(Behaviour::exits))
            .observation.verdict == Verdict::bad);
  platform.reset();
  const auto after = world.server().view(world.service());
  CHECK(after.live_commit == before.live_commit);
  CHECK(after.live_env == before.live_env);
  CHECK(after.env == before.env);
  CHECK(after.start == before.start);
  CHECK(after.auto_deploy);
  CHECK(world.server().services().size() == 1);
}

}  // namespace rung::render_platform_test
