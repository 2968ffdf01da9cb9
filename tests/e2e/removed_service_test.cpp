// What serves on a real engine is removed by somebody else while rung works:
// what came of it is one line, the verdict is the release's own, and in the
// end one thing serves and nothing else is left.
#include <catch2/catch.hpp>

#include "tests/e2e/docker_shop.hpp"
#include "tests/fakes/effort.hpp"

namespace rung::e2e::removed_service_test {
namespace {

using namespace std::chrono_literals;

// Slow enough to be met while it starts.
constexpr const char* kGood = "sleep 1500\nport PORT\n";
constexpr const char* kBad = "sleep 1500\nport PORT\nstatus 404\n";

/// The notes that have these words; in a report, each is a line.
std::size_t notes_with(const Result& result, const std::string& words) {
  const auto report = result.json();
  std::size_t count = 0;
  for (const std::string note : report["notes"]) {
    count += note.find(words) != std::string::npos ? 1 : 0;
  }
  return count;
}

/// Each of these tests takes tens of seconds on an engine: one engine each, and
/// all with RUNG_TEST_EFFORT.
RealEngine engine_or(RealEngine usual) {
  if (fakes::effort(1) == 1) return usual;
  return GENERATE(RealEngine::docker, RealEngine::swarm, RealEngine::podman);
}

}  // namespace

TEST_CASE("What serves is removed by somebody while its successor is tried",
          "[e2e][bad_platform][real-docker][real-podman]") {
  const RealEngine which = engine_or(RealEngine::swarm);
  CAPTURE(to_string(which));
  const auto place = place_in(which);
  if (!place) return;
  DockerShop shop(*place);
  shop.serve();

  // What serves goes while the first trial is under way.
  const auto result_of = [&](const char* command) {
    RunningRung rung({command, "plan.yaml", "--json"}, shop.folder());
    static_cast<void>(shop.wait_for("trial", rung));
    REQUIRE(shop.remove(shop.find("live")));
    return rung.result();
  };
  const auto check_put_back = [&](const Result& result,
                                  const std::string& guilty) {
    CAPTURE(result.log, result.out);
    CHECK(result.exit == 1);
    CHECK(result.json()["culprits"][0][0]["id"] == guilty);
    CHECK(result.json()["restored"] == true);
    CHECK(notes_with(result, "phase only was put back") == 1);
    shop.check_serves();
  };
  SECTION("the successor is good: it serves") {
    shop.commit({{"behaviour", kGood}});
    const Result result = result_of("climb");
    CAPTURE(result.log, result.out);
    CHECK(result.exit == 0);
    shop.check_serves();
  }
  SECTION("the successor is bad: what served is put back") {
    const std::string guilty = shop.commit({{"behaviour", kBad}});
    check_put_back(result_of("climb"), guilty);
  }
  SECTION("a bisect finds the culprit, and puts back what served") {
    shop.commit({{"a", "1"}});
    const std::string guilty = shop.commit({{"behaviour", kBad}});
    shop.commit({{"b", "1"}});
    check_put_back(result_of("bisect"), guilty);
  }
}

TEST_CASE("What serves is removed by somebody while its successor takes over",
          "[e2e][bad_platform][real-docker][real-podman]") {
  const RealEngine which = engine_or(RealEngine::docker);
  CAPTURE(to_string(which));
  const auto place = place_in(which);
  if (!place) return;
  DockerShop shop(*place);
  shop.serve();
  const auto climbed = [&](const char* role) {
    shop.commit({{"behaviour", kGood}});
    RunningRung climb({"climb", "plan.yaml", "--json"}, shop.folder());
    static_cast<void>(shop.wait_for("next", climb));
    REQUIRE(shop.remove(shop.find(role)));
    const Result result = climb.result();
    CAPTURE(result.log, result.out);
    CHECK(result.exit == 0);
    // With a swarm both are one service.
    const bool successor = role == std::string("next") || place->swarm;
    CHECK(notes_with(result, "somebody removed it") == (successor ? 1 : 0));
    shop.check_serves();
  };
  SECTION("what served") { climbed("live"); }
  SECTION("the successor") { climbed("next"); }
}

TEST_CASE("A successor that is removed whenever it comes is no verdict",
          "[e2e][bad_platform][real-docker][real-podman]") {
  const RealEngine which = engine_or(RealEngine::podman);
  CAPTURE(to_string(which));
  // What serves on a swarm would be removed with it: see above.
  const auto place =
      which == RealEngine::swarm ? std::nullopt : place_in(which);
  if (!place) return;
  DockerShop shop(*place);
  shop.serve();
  shop.commit({{"behaviour", kGood}});
  RunningRung climb({"climb", "plan.yaml", "--json"}, shop.folder());
  while (!climb.ended_within(20ms)) {
    const std::string next = shop.find("next");
    if (!next.empty()) shop.remove(next);
  }
  const Result result = climb.result();
  CAPTURE(result.log, result.out);
  CHECK(result.exit == 125);
  CHECK(result.json()["restored"] == true);
  CHECK_THAT(result.json()["failure"]["message"].get<std::string>(),
             Catch::Contains("somebody removed it"));
  shop.check_untouched();
}

}  // namespace rung::e2e::removed_service_test
