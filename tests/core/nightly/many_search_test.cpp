// One search for many failures: against a plain definition of what it may say.
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/nightly/many_search.hpp"

namespace rung::many_search_test {
namespace {

using State = ManyRange::State;

/// What each test is at each place: 'g', 'b' or 's' (cannot be judged).
using World = std::vector<std::string>;

Told told(char c) {
  if (c == 'g') return Told::passed;
  return c == 'b' ? Told::failed : Told::nothing;
}

struct Played {
  std::vector<ManyRange> ranges;
  unsigned builds = 0, probes = 0;
};

/// REQUIRES: each begins with 'g' and ends with 'b'.
Played play(const World& world, ManyOptions options = {1, 2, 2}) {
  const std::size_t places = world.front().size();
  ManySearch search(
      places, std::vector<ManyTest>(world.size(), {0, places - 1, 0}), options);
  Played played;
  std::optional<std::size_t> standing;
  while (const auto probe = search.next(standing)) {
    REQUIRE(!probe->tests.empty());
    REQUIRE(++played.probes < 100'000);
    played.builds += standing != probe->place;
    standing = probe->place;
    for (const std::size_t test : probe->tests) {
      search.record(test, probe->place, told(world[test][probe->place]));
    }
  }
  CHECK(search.builds_left() == 0);
  for (std::size_t i = 0; i < world.size(); ++i) {
    played.ranges.push_back(search.range(i));
  }
  return played;
}

/// What may be said of a world that breaks once and stays broken: the nearest
/// places around the break that can be judged.
void check_single_break(const std::string& world, const ManyRange& range) {
  CAPTURE(world);
  const std::size_t first_bad = world.find('b');
  const std::size_t last_good = world.rfind('g');
  REQUIRE(last_good < first_bad);
  CHECK(range.state == State::proved);
  CHECK(range.good == last_good);
  CHECK(range.bad == first_bad);
}

/// All worlds of this length: good until a place, then bad, some not judged.
std::vector<std::string> single_breaks(std::size_t places) {
  std::vector<std::string> worlds;
  for (std::size_t first_bad = 1; first_bad < places; ++first_bad) {
    for (std::size_t skips = 0; skips < (1U << (places - 2)); ++skips) {
      std::string world;
      for (std::size_t i = 0; i < places; ++i) {
        const bool inside = i > 0 && i + 1 < places;
        const bool skip = inside && ((skips >> (i - 1)) & 1U) != 0;
        world += skip ? 's' : i < first_bad ? 'g' : 'b';
      }
      worlds.push_back(world);
    }
  }
  return worlds;
}

}  // namespace

TEST_CASE("Each small world of one test is solved as far as it can be",
          "[core][many_search]") {
  for (std::size_t places = 2; places <= 9; ++places) {
    for (const std::string& world : single_breaks(places)) {
      check_single_break(world, play({world}).ranges[0]);
    }
  }
}

TEST_CASE("Two tests in one search are answered as each by itself",
          "[core][many_search]") {
  const auto worlds = single_breaks(6);
  for (const std::string& one : worlds) {
    for (const std::string& two : worlds) {
      const Played both = play({one, two});
      check_single_break(one, both.ranges[0]);
      check_single_break(two, both.ranges[1]);
      CHECK(both.builds <= play({one}).builds + play({two}).builds);
    }
  }
}

TEST_CASE("What comes and goes is accused only at a real boundary",
          "[core][many_search]") {
  // All strings of g, b and s between a good and a bad end.
  constexpr std::size_t kInside = 6;
  std::size_t all = 1;
  for (std::size_t i = 0; i < kInside; ++i) all *= 3;
  for (std::size_t code = 0; code < all; ++code) {
    std::string world = "g";
    for (std::size_t rest = code, i = 0; i < kInside; ++i, rest /= 3) {
      world += "gbs"[rest % 3];
    }
    world += 'b';
    CAPTURE(world);
    const ManyRange range = play({world}).ranges[0];
    CHECK(range.state == State::proved);
    CHECK(world[range.good] == 'g');
    CHECK(world[range.bad] == 'b');
    for (std::size_t i = range.good + 1; i < range.bad; ++i) {
      CHECK(world[i] == 's');
    }
  }
}

TEST_CASE("Large worlds with many tests are solved within the bound",
          "[core][many_search]") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60; ++round) {
    const std::size_t commits = 1 + random() % 700, kinds = 1 + random() % 6;
    std::vector<std::size_t> breaks;
    for (std::size_t i = 0; i < kinds; ++i) {
      breaks.push_back(1 + random() % commits);
    }
    World world;
    std::set<std::size_t> used;
    for (int test = 0; test < 20; ++test) {
      const std::size_t at = breaks[random() % kinds];
      used.insert(at);
      world.push_back(std::string(at, 'g') +
                      std::string(commits + 1 - at, 'b'));
    }
    const Played played = play(world);
    for (std::size_t i = 0; i < world.size(); ++i) {
      check_single_break(world[i], played.ranges[i]);
    }
    // At each level one build for each part that holds a culprit; two places
    // of proof each, which may need to be built again.
    std::size_t bound = 0, parts = 1;
    for (std::size_t size = commits; size > 1; size = (size + 1) / 2) {
      bound += std::min(parts, used.size());
      parts *= 2;
    }
    CAPTURE(commits, used.size());
    CHECK(played.builds <= bound + 2 * used.size());
  }
}

TEST_CASE("A long run that cannot be judged is not tried place by place",
          "[core][many_search]") {
  std::string world(400, 'g');
  world += std::string(300, 's') + std::string(324, 'b');
  const Played played = play({world});
  CHECK(played.ranges[0].state == State::proved);
  CHECK(played.ranges[0].good == 399);
  CHECK(played.ranges[0].bad == 700);
  CHECK(played.builds <= 35);
}

TEST_CASE("A place that passed once is sound, and what fails below is drift",
          "[core][many_search]") {
  ManySearch search(3, {{0, 2, 0}}, {1, 2, 2});
  search.record(0, 1, Told::failed);
  CHECK(search.range(0).bad == 1);
  search.record(0, 1, Told::passed);
  CHECK(search.range(0).good == 1);
  CHECK(search.range(0).flaky);

  ManySearch drifted(2, {{0, 1, 0}}, {1, 2, 2});
  drifted.record(0, 1, Told::failed);
  drifted.record(0, 1, Told::failed);
  drifted.record(0, 0, Told::failed);
  CHECK(drifted.range(0).state == State::drift);
  drifted.record(0, 0, Told::passed);
  CHECK(drifted.range(0).state == State::unsure);
  CHECK(!drifted.next());
}

TEST_CASE("A machine that was sick at the end of the search accuses nobody",
          "[core][many_search]") {
  // Broken from 60 on. From some probe on everything fails, for some time.
  for (unsigned code = 0; code < 20 * 40; ++code) {
    const unsigned begins = code / 40, lasts = code % 40;
    CAPTURE(begins, lasts);
    ManySearch search(100, {{0, 99, 0}}, {1, 6, 4});
    for (unsigned probes = 0; const auto probe = search.next(); ++probes) {
      REQUIRE(probes < 200);
      const bool ill = probes >= begins && probes < begins + lasts;
      search.record(0, probe->place,
                    probe->place < 60 && !ill ? Told::passed : Told::failed);
    }
    const ManyRange range = search.range(0);
    const bool right = range.state == State::proved && range.bad == 60;
    CHECK((right || range.state != State::proved));
  }
}

TEST_CASE("A proof that nobody can make is not asked for ever",
          "[core][many_search]") {
  ManySearch search(2, {{0, 1, 0}}, {1, 2, 2});
  unsigned probes = 0;
  while (const auto probe = search.next()) {
    REQUIRE(++probes < 20);
    search.record(0, probe->place,
                  probe->place == 1 ? Told::failed : Told::nothing);
  }
  CHECK(search.range(0).state == State::unproved);
}

}  // namespace rung::many_search_test
