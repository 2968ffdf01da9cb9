#include <catch2/catch.hpp>

#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"
#include "tests/conformance/suite.hpp"

namespace rung::conformance {
namespace {

LivePlatform& live_of(Platform& platform) {
  auto* live = dynamic_cast<LivePlatform*>(&platform);
  REQUIRE(live != nullptr);
  return *live;
}

const auto kHealthy = [](Deployment& deployment) {
  return judged(deployment).verdict == Verdict::good;
};

struct Served {
  LiveRelease release;
  std::vector<std::string> existing;
};

// By a rung that has ended since.
Served serve(World& world, Behaviour behaviour) {
  auto platform = world.another_rung();
  LivePlatform& live = live_of(*platform);
  const Bundle bundle = with_secret(world, behaviour);
  const ServeResult result = live.serve(bundle, "first", kHealthy);
  if (result.refused) FAIL(result.refused->failure.message);
  REQUIRE(result.serves);
  const auto now = live.live();
  REQUIRE(now);
  CHECK(now->release_id == bundle.id);
  CHECK(now->phase == "first");
  CHECK_FALSE(now->reference.empty());
  return {*now, world.existing()};
}

// What served is what serves, and answers.
void check_untouched(World& world, const Served& before) {
  auto platform = world.another_rung();
  LivePlatform& live = live_of(*platform);
  const auto now = live.live();
  REQUIRE(now);
  CHECK(now->release_id == before.release.release_id);
  CHECK(now->phase == before.release.phase);
  CHECK(judged(*live.attach()).verdict == Verdict::good);
  CHECK(world.existing().size() == before.existing.size());
}

void check_serving(World& world) {
  SECTION("what is served goes on without rung, until it is stopped") {
    {
      auto platform = world.another_rung();
      CHECK_FALSE(live_of(*platform).live());
      CHECK_THROWS_AS(live_of(*platform).attach(), PlatformError);
      live_of(*platform).stop();  // nothing to end is no error
    }
    const Served served = serve(world, Behaviour::good);
    auto other = world.another_rung();
    CHECK(other->clean_up().empty());
    check_untouched(world, served);
    CHECK(live_of(*other).live()->reference == served.release.reference);
    CHECK_FALSE(tells_secret(world.overheard()));
    live_of(*other).stop();
    CHECK_FALSE(live_of(*other).live());
    CHECK(world.existing() == none());
    live_of(*other).stop();
  }
  SECTION("a trial leaves what serves alone") {
    const Served served = serve(world, Behaviour::good);
    auto platform = world.another_rung();
    const auto trial =
        deployed(*platform, with_secret(world, Behaviour::good_too));
    CHECK(judged(*trial).verdict == Verdict::good);
    CHECK(live_of(*platform).live()->reference == served.release.reference);
    CHECK(live_of(*platform).attach()->url() != trial->url());
    platform->withdraw(*trial);
    CHECK(probed(*platform, with_secret(world, Behaviour::exits))
              .observation.verdict == Verdict::bad);
    CHECK(live_of(*platform).live()->reference == served.release.reference);
    check_untouched(world, served);
    live_of(*platform).stop();
  }
  SECTION("a healthy release takes the place of what served") {
    const Served first = serve(world, Behaviour::good);
    const Served second = serve(world, Behaviour::good_too);
    CHECK(first.release.release_id != second.release.release_id);
    CHECK(second.existing.size() == first.existing.size());
    check_untouched(world, second);
    live_of(*world.another_rung()).stop();
    CHECK(world.existing() == none());
  }
}

void check_saying_no(World& world) {
  SECTION("what is not healthy, or refused, never takes its place") {
    const Served served = serve(world, Behaviour::good);
    auto platform = world.another_rung();
    LivePlatform& live = live_of(*platform);
    const ServeResult unhealthy = live.serve(
        with_secret(world, Behaviour::unhealthy), "second", kHealthy);
    CHECK_FALSE(unhealthy.serves);
    check_untouched(world, served);
    for (auto& [stage, bundle] : world.refused()) {
      CAPTURE(to_string(stage));
      add_secret(bundle);
      const ServeResult refused = live.serve(bundle, "second", kHealthy);
      CHECK_FALSE(refused.serves);
      REQUIRE(refused.refused);
      CHECK(refused.refused->failure.stage == stage);
    }
    check_untouched(world, served);
    live.stop();
  }
  SECTION("an exception while it is judged puts back what served") {
    const Served served = serve(world, Behaviour::good);
    auto platform = world.another_rung();
    LivePlatform& live = live_of(*platform);
    CHECK_THROWS_AS(
        live.serve(with_secret(world, Behaviour::good_too), "second",
                   [](Deployment&) -> bool { throw Interrupted("stopped"); }),
        Interrupted);
    check_untouched(world, served);
    live.stop();
    CHECK(world.existing() == none());
  }
  SECTION("the first release, not healthy, leaves nothing") {
    auto platform = world.another_rung();
    CHECK_FALSE(live_of(*platform)
                    .serve(with_secret(world, Behaviour::unhealthy), "first",
                           kHealthy)
                    .serves);
    CHECK_FALSE(live_of(*platform).live());
    CHECK(world.existing() == none());
  }
}

// Serves with the nth call in trouble, for every n there is: in the end what
// served before serves, or the new one does, whole.
void check_in_trouble(World& world, Trouble trouble) {
  const Served first = serve(world, Behaviour::good);
  const Bundle second = with_secret(world, Behaviour::good_too);
  bool more = true;
  for (std::size_t n = 1; more; n += world.step()) {
    CAPTURE(n);
    {
      auto platform = world.another_rung();
      if (!world.arrange(trouble, n)) {
        live_of(*platform).stop();
        return;
      }
      try {
        live_of(*platform).serve(second, "second", kHealthy);
      } catch (const Error& error) {
        CHECK_FALSE(tells_secret(error.what()));
      }
      Interruption::clear();
    }
    Interruption::clear();  // the call may have been one of its destructor
    more = world.happened();
    auto next = world.another_rung();
    next->clean_up();
    LivePlatform& live = live_of(*next);
    const auto now = live.live();
    REQUIRE(now);
    const bool new_one = now->release_id == second.id;
    if (!new_one) CHECK(now->release_id == first.release.release_id);
    CHECK(now->phase == (new_one ? "second" : "first"));
    CHECK(judged(*live.attach()).verdict == Verdict::good);
    CHECK(world.existing().size() == first.existing.size());
    if (!more) CHECK(new_one);
    if (new_one && more) {
      live.serve(with_secret(world, Behaviour::good), "first", kHealthy);
    }
  }
  live_of(*world.another_rung()).stop();
  CHECK(world.existing() == none());
}

}  // namespace

void check_live_platform(const MakeWorld& make) {
  const auto world = make();
  if (!world) return;
  check_serving(*world);
  check_saying_no(*world);
  SECTION("a reply lost while serving") {
    check_in_trouble(*world, Trouble::lost_reply);
  }
  SECTION("interrupted while serving") {
    check_in_trouble(*world, Trouble::interrupt);
  }
  SECTION("killed while serving") { check_in_trouble(*world, Trouble::cut); }
}

}  // namespace rung::conformance
