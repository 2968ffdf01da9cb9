#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"
#include "tests/fakes/effort.hpp"

// A service that fails its health check now and then although it is sound.
namespace rung::e2e::flaky_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;

/// Commits whose health check fails a quarter of the time, then some that
/// always fail in the same way.
struct FlakyService {
  BrokenService service;
  std::vector<std::string> fine, broken;

  FlakyService(std::size_t sound, std::size_t bad, unsigned seed) {
    const std::string dice =
        service.file("dice", std::to_string(seed) + "\n");
    fine = service.commits(sound, "flaky 25 " + dice + "\n");
    broken = service.commits(bad, "flaky 100 " + dice + "\n");
  }
  Result bisect(std::vector<std::string> more) {
    more.insert(more.end(),
                {"--good", fine.front(), "--bad", broken.back()});
    return service.bisect(more);
  }
};

}  // namespace

TEST_CASE("A service that is unhealthy a quarter of the time does not mislead",
          "[e2e][flaky]") {
  const auto runs = static_cast<unsigned>(fakes::effort(8));
  FlakyService flaky(6, 6, 20);
  unsigned probes = 0;
  for (unsigned run = 0; run < runs; ++run) {
    // Each run for itself: nothing is remembered.
    const Result result =
        flaky.bisect({"--confidence", "0.999", "--fresh"});
    const auto json = result.json();
    CAPTURE(run, result.log);
    CHECK(result.exit == 1);
    CHECK(culprits(json) == Sets{{"commit " + flaky.broken.front()}});
    CHECK(json["confidence"].get<double>() >= 0.999);
    CHECK(json["gate_rates"]["fail_when_sound"].get<double>() < 0.6);
    probes += json["probes"]["total"].get<unsigned>();
  }
  CAPTURE(probes, runs);
  CHECK(probes / runs <= 40);
}

TEST_CASE("A gate that contradicts itself is found out", "[e2e][flaky]") {
  SECTION("by a control that surprises") {
    // The first throw of these dice is a failure, the next is none.
    FlakyService flaky(6, 6, 0);
    for (unsigned seed = 1; seed < 100; ++seed) {
      flaky.service.file("dice", std::to_string(seed) + "\n");
      const Result result = flaky.bisect({"--fresh"});
      const auto json = result.json();
      CAPTURE(seed, result.log);
      if (json["confidence"].is_null()) continue;
      CHECK(json["confidence"].get<double>() >= 0.95);
      CHECK(json["notes"].dump().find("the gate is flaky") !=
            std::string::npos);
      return;
    }
    FAIL("no seed made the gate contradict itself");
  }
  SECTION("by repeating either end") {
    FlakyService flaky(6, 6, 3);
    const Result result = flaky.bisect({"--repeat", "12"});
    const auto json = result.json();
    CAPTURE(result.log);
    CHECK(culprits(json) == Sets{{"commit " + flaky.broken.front()}});
    CHECK(json["confidence"].get<double>() >= 0.95);
    CHECK(json["gate_rates"]["fail_when_sound"].get<double>() > 0.05);
  }
  SECTION("a gate that does not lie is believed at once") {
    BrokenService service;
    const auto fine = service.commits(8);
    const auto broken = service.commits(8, "die 1 Error: no\n");
    const Result result =
        service.bisect({"--good", fine.front(), "--bad", broken.back()});
    const auto json = result.json();
    CHECK(json["confidence"].is_null());
    CHECK(json["gate_rates"].is_null());
    check_probes(json, 15);
  }
}

TEST_CASE("A flaky gate on record is known the next time", "[e2e][flaky]") {
  FlakyService flaky(6, 6, 11);
  const Result first = flaky.bisect({"--repeat", "12"});
  REQUIRE_FALSE(first.json()["confidence"].is_null());
  const Result second = flaky.bisect({});
  const auto json = second.json();
  CAPTURE(second.log);
  CHECK_FALSE(json["confidence"].is_null());
  CHECK(culprits(json) == Sets{{"commit " + flaky.broken.front()}});
  CHECK(json["probes"]["cached"].get<int>() > 0);
}

TEST_CASE("Nothing broke and the gate flakes: nobody is accused",
          "[e2e][flaky]") {
  BrokenService service;
  const std::string dice = service.file("dice", "5\n");
  const auto ids = service.commits(10, "flaky 30 " + dice + "\n");
  const Result result = service.bisect(
      {"--good", ids.front(), "--bad", ids.back(), "--flaky"});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(json["culprits"].empty());
  CHECK((json["outcome"] == "not-reproducible" || json["outcome"] == "drift"));
}

}  // namespace rung::e2e::flaky_test
