#include "core/model/delta.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace rung::delta_test {
namespace {

using Map = std::map<std::string, std::string>;

Map random_map(std::mt19937_64& random) {
  Map map;
  for (auto i = random() % 6; i > 0; --i) {
    map["k" + std::to_string(random() % 8)] = std::to_string(random() % 3);
  }
  return map;
}

Release random_release(std::mt19937_64& random) {
  return {CommitId{std::string(40, "abc"[random() % 3])}, random_map(random),
          random_map(random), random_map(random)};
}

}  // namespace

TEST_CASE("Applying the difference to good gives bad", "[core][delta]") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const Release good = random_release(random);
    const Release bad = random_release(random);
    REQUIRE(applied(good, diff(good, bad)) == bad);
    REQUIRE(diff(good, good).empty());
    REQUIRE((release_id(good) == release_id(bad)) == (good == bad));
  }
}

TEST_CASE("A value moved to another name is another release",
          "[core][release]") {
  Release a, b;
  a.env = {{"A", "BC"}};
  b.env = {{"AB", "C"}};
  CHECK(release_id(a) != release_id(b));
  CHECK(release_id(a, "key one") != release_id(a, "key two"));
  CHECK(release_id(a).size() == 64);
}

TEST_CASE("A delta says its kind, its name and its change", "[core][delta]") {
  Release good, bad;
  good.env = {{"PORT", "1"}, {"GONE", "x"}};
  bad.env = {{"PORT", "2"}, {"NEW", ""}};
  const auto deltas = diff(good, bad);
  REQUIRE(deltas.size() == 3);
  CHECK(name(deltas[0]) == "GONE");
  CHECK(change(deltas[0]) == Change::removed);
  CHECK(change(deltas[1]) == Change::added);
  CHECK(change(deltas[2]) == Change::changed);
  CHECK(kind(deltas[2]) == DeltaKind::env);
}

TEST_CASE("Kinds and changes come back from their words", "[core][delta]") {
  for (const auto kind : {DeltaKind::commit, DeltaKind::env,
                          DeltaKind::requirement, DeltaKind::config}) {
    CHECK(delta_kind_from(to_string(kind)) == kind);
  }
  for (const auto change : {Change::added, Change::removed, Change::changed}) {
    CHECK(change_from(to_string(change)) == change);
  }
  CHECK(to_string(DeltaKind::env) == "env");
  CHECK(to_string(Change::removed) == "removed");
  CHECK_FALSE(delta_kind_from("commits"));
  CHECK_FALSE(change_from(""));
}

}  // namespace rung::delta_test
