#include <catch2/catch.hpp>
#include <fstream>
#include <random>

#include "plans/requirements/npm_lock.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/skipped.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/text_of.hpp"
#include "tests/plans/requirements/npm_releases.hpp"

// What lies where in node_modules when packages of two lock files are mixed.
namespace rung::npm_test {
namespace {

namespace fs = std::filesystem;
using fakes::text_of;

/// Of a lock file: below node_modules itself, or anywhere.
std::set<std::string> packages_of(const std::string& lock, bool anywhere) {
  std::set<std::string> out;
  const Json json = Json::parse(lock);
  for (const auto& [path, entry] : json.at("packages").items()) {
    const auto at = path.rfind("node_modules/");
    if (at == 0 || (anywhere && at != path.npos)) {
      out.insert(path.substr(at + std::string("node_modules/").size()));
    }
  }
  return out;
}

Release mix_of(Release good, const Release& bad,
               std::initializer_list<const char*> changed) {
  for (const char* name : changed) {
    const auto it = bad.requirements.find(name);
    if (it == bad.requirements.end()) {
      good.requirements.erase(name);
    } else {
      good.requirements[name] = it->second;
    }
  }
  return good;
}

}  // namespace

TEST_CASE("A package on trial brings what it needs, for itself alone",
          "[plans][npm]") {
  const Json root = {{"dependencies", {{"a", "*"}, {"b", "*"}}}};
  Release good = locked_release(
      lock3(root, {{"node_modules/a",
                    {{"version", "1.0.0"}, {"dependencies", {{"b", "^1"}}}}},
                   {"node_modules/b", {{"version", "1.0.0"}}}}));
  Release bad = locked_release(lock3(
      root,
      {{"node_modules/a",
        {{"version", "2.0.0"}, {"dependencies", {{"b", "^2"}, {"n", "1"}}}}},
       {"node_modules/b", {{"version", "2.0.0"}}},
       {"node_modules/n", {{"version", "1.0.0"}}}}));
  share_locked(good, bad);
  Release mix = good;
  mix.requirements["a"] = bad.requirements["a"];
  const Json lock = written(mix, "package-lock.json")["packages"];
  CHECK(lock["node_modules/a"]["version"] == "2.0.0");
  CHECK(lock["node_modules/b"]["version"] == "1.0.0");
  CHECK(lock["node_modules/a/node_modules/b"]["version"] == "2.0.0");
  CHECK(lock["node_modules/n"]["version"] == "1.0.0");
  // And the other way round.
  mix = bad;
  mix.requirements["a"] = good.requirements["a"];
  const Json other = written(mix, "package-lock.json")["packages"];
  CHECK(other["node_modules/a/node_modules/b"]["version"] == "1.0.0");
  CHECK_FALSE(other.contains("node_modules/n"));  // nothing needs it
}

TEST_CASE("Packages that npm would not put together are named",
          "[plans][npm]") {
  const Json root = {{"dependencies", {{"dom", "*"}, {"core", "*"}}}};
  const auto release = [&](const std::string& version) {
    return locked_release(lock3(
        root,
        {{"node_modules/dom",
          {{"version", version}, {"peerDependencies", {{"core", version}}}}},
         {"node_modules/core", {{"version", version}}}}));
  };
  Release good = release("1.0.0"), bad = release("2.0.0");
  share_locked(good, bad);
  CHECK_NOTHROW(write_locked(bad, "package.json", {}));
  Release mix = good;
  mix.requirements["dom"] = bad.requirements["dom"];
  try {
    write_locked(mix, "package.json", {});
    FAIL("it was written");
  } catch (const CannotCombine& no) {
    CHECK(std::string(no.what()).find(
              "dom 2.0.0 needs core 2.0.0, and the one beside it is 1.0.0") !=
          std::string::npos);
  }
}

TEST_CASE("A copy that came with another version makes way", "[plans][npm]") {
  const Json root = {{"dependencies", {{"a", "*"}, {"b", "*"}}}};
  const auto release = [&](const std::string& a, const Json& more) {
    Json packages{
        {"node_modules/a",
         {{"version", a + ".0.0"}, {"dependencies", {{"b", "^" + a}}}}},
        {"node_modules/b", {{"version", "1.0.0"}}}};
    packages.update(more);
    return locked_release(lock3(root, packages));
  };
  Release good = release("1", Json::object());
  Release bad =
      release("2", {{"node_modules/a/node_modules/b", {{"version", "2.0.0"}}}});
  share_locked(good, bad);
  Release mix = good;
  mix.requirements["b"] = bad.requirements["b"];
  const Json lock = written(mix, "package-lock.json")["packages"];
  CHECK(lock["node_modules/b"]["version"] == "1.0.0");
  CHECK_FALSE(lock.contains("node_modules/a/node_modules/b"));
}

TEST_CASE("A package moves with its peer below what needs it", "[plans][npm]") {
  const Json root = {{"dependencies", {{"a", "*"}, {"core", "*"}}}};
  const auto release = [&](const std::string& version) {
    return locked_release(lock3(
        root,
        {{"node_modules/a",
          {{"version", "1.0.0"}, {"dependencies", {{"dom", "*"}}}}},
         {"node_modules/dom",
          {{"version", version}, {"peerDependencies", {{"core", version}}}}},
         {"node_modules/core", {{"version", version}}}}));
  };
  Release good = release("1.0.0"), bad = release("2.0.0");
  share_locked(good, bad);
  Release mix = good;
  mix.requirements["dom"] = bad.requirements["dom"];
  const Json lock = written(mix, "package-lock.json")["packages"];
  CHECK(lock["node_modules/core"]["version"] == "1.0.0");
  CHECK(lock["node_modules/a/node_modules/dom"]["version"] == "2.0.0");
  CHECK(lock["node_modules/a/node_modules/core"]["version"] == "2.0.0");
  CHECK_FALSE(lock.contains("node_modules/dom"));
}

TEST_CASE("A package moves up into a place that gets free", "[plans][npm]") {
  // The project uses "in", which it does not ask for.
  const auto release = [](const std::string& version, const std::string& in) {
    return locked_release(
        lock3({{"dependencies", {{"a", "*"}, {"m", "*"}}}},
              {{"node_modules/a",
                {{"version", version}, {"dependencies", {{"in", in}}}}},
               {"node_modules/in",
                {{"version", in}, {"dependencies", {{"deep", in}}}}},
               {"node_modules/deep", {{"version", in}}},
               {"node_modules/m", {{"version", version}}}}));
  };
  Release good = release("1.0.0", "1.1.1"), bad = release("2.0.0", "2.2.2");
  share_locked(good, bad);
  const auto versions = [&](const Release& one) {
    std::string out;
    const Json lock = written(one, "package-lock.json")["packages"];
    for (const auto& [path, entry] : lock.items()) {
      if (path.empty()) continue;
      out += path.substr(std::string("node_modules/").size()) + "=" +
             entry["version"].get<std::string>().substr(0, 1) + " ";
    }
    return out;
  };
  CHECK(versions(mix_of(good, bad, {"a"})) == "a=2 deep=2 in=2 m=1 ");
  CHECK(versions(mix_of(good, bad, {"in"})) == "a=1 deep=1 in=1 m=1 ");
  CHECK(versions(mix_of(good, bad, {"in", "deep"})) == "a=1 deep=1 in=1 m=1 ");
  CHECK(versions(mix_of(good, bad, {"a", "m"})) == "a=2 deep=2 in=2 m=2 ");
  CHECK(versions(mix_of(bad, good, {"a"})) == "a=1 deep=1 in=1 m=2 ");
}

TEST_CASE("What one lock file has stays where it is", "[plans][npm]") {
  // npm leaves it there when what lay above is removed.
  const Json packages = {
      {"node_modules/a",
       {{"version", "1.0.0"}, {"dependencies", {{"b", "1"}}}}},
      {"node_modules/a/node_modules/b", {{"version", "1.0.0"}}},
      {"node_modules/m", {{"version", "1.0.0"}}}};
  const Json root = {{"dependencies", {{"a", "*"}, {"m", "*"}}}};
  Json later = packages, above = packages;
  later["node_modules/m"]["version"] = "2.0.0";
  Release good = locked_release(lock3(root, packages));
  Release bad = locked_release(lock3(root, later));
  share_locked(good, bad);
  CHECK(written(bad, "package-lock.json")["packages"].contains(
      "node_modules/a/node_modules/b"));
  // Not even in a mix, if both have it there.
  later["node_modules/a"]["version"] = "2.0.0";
  bad = locked_release(lock3(root, later));
  share_locked(good, bad);
  CHECK(written(mix_of(good, bad, {"m"}), "package-lock.json")["packages"]
            .contains("node_modules/a/node_modules/b"));
}

TEST_CASE("What only an optional peer keeps stays", "[plans][npm]") {
  // As npm leaves it when what brought it is removed.
  const Release release = locked_release(
      lock3({{"dependencies", {{"a", "*"}}}},
            {{"node_modules/a",
              {{"version", "1.0.0"},
               {"peerDependencies", {{"b", "2"}, {"c", "2"}}},
               {"peerDependenciesMeta",
                {{"b", {{"optional", true}}}, {"c", {{"optional", true}}}}}}},
             {"node_modules/b", {{"version", "2.0.0"}}}}));
  const Json lock = written(release, "package-lock.json")["packages"];
  CHECK(lock["node_modules/b"]["version"] == "2.0.0");
  CHECK(lock["node_modules/b"]["peer"] == true);
  CHECK_FALSE(lock.contains("node_modules/c"));
}

TEST_CASE("A package does not move up before the eyes of one that refuses it",
          "[plans][npm]") {
  const auto release = [](const std::string& b) {
    return locked_release(lock3(
        {{"dependencies", {{"a", "*"}, {"p", "*"}}}},
        {{"node_modules/a", {{"version", b}, {"dependencies", {{"b", b}}}}},
         {"node_modules/b", {{"version", b}}},
         {"node_modules/p",
          {{"version", b},
           {"peerDependencies", {{"b", b}}},
           {"peerDependenciesMeta", {{"b", {{"optional", true}}}}}}}}));
  };
  Release good = release("1.0.0"), bad = release("2.0.0");
  share_locked(good, bad);
  const Json lock =
      written(mix_of(good, bad, {"a"}), "package-lock.json")["packages"];
  CHECK_FALSE(lock.contains("node_modules/b"));
  CHECK(lock["node_modules/a/node_modules/b"]["version"] == "2.0.0");
}

TEST_CASE("Packages that no longer lie where both lock files have them",
          "[plans][npm]") {
  // "in" comes with a in one and with b in the other.
  const auto release = [](const char* by, const char* other) {
    return locked_release(
        lock3({{"dependencies", {{"a", "*"}, {"b", "*"}}}},
              {{std::string("node_modules/") + by,
                {{"version", "1.0.0"}, {"dependencies", {{"in", "1"}}}}},
               {std::string("node_modules/") + other, {{"version", "2.0.0"}}},
               {"node_modules/in", {{"version", "1.0.0"}}}}));
  };
  Release good = release("a", "b"), bad = release("b", "a");
  share_locked(good, bad);
  const auto left = [](const Release& one) {
    return no_longer_at_root(one, write_locked(one, "package.json", {}));
  };
  CHECK(left(good).empty());
  CHECK(left(bad).empty());
  CHECK(left(mix_of(good, bad, {"a"})) == std::set<std::string>{"in"});
  CHECK(left(mix_of(good, bad, {"b"})).empty());
}

TEST_CASE("npm itself takes the lock files of generated upgrades as they are",
          "[plans][npm]") {
  fs::path script = fs::path(RUNG_SOURCE_DIR) / "tests" / "fakes" / "programs" /
                    "npm_worlds.js";
  if (e2e::ran({"sh", "-c", "command -v node"}, "/").exit != 0) {
    fakes::skipped("there is no node");
    return;
  }
  fakes::TempFolder folder;
  constexpr int kWorlds = 22, kEach = 10;
  const auto made =
      e2e::ran({"node", script, "make", folder.path(), std::to_string(kWorlds)},
               folder.path());
  if (made.exit == 77) {
    fakes::skipped(made.out);
    return;
  }
  CAPTURE(made.log);
  REQUIRE(made.exit == 0);

  int written_ones = 0, cannot = 0, at_root = 0;
  std::mt19937 random(7);
  for (int w = 0; w < kWorlds; ++w) {
    const fs::path at = folder.path() / ("w" + std::to_string(w));
    Release good = locked_release(text_of(at / "good" / "package-lock.json"));
    Release bad = locked_release(text_of(at / "bad" / "package-lock.json"));
    share_locked(good, bad);
    std::set<std::string> in_both;
    const auto others =
        packages_of(text_of(at / "bad" / "package-lock.json"), false);
    for (const std::string& name :
         packages_of(text_of(at / "good" / "package-lock.json"), false)) {
      if (others.contains(name)) in_both.insert(name);
    }
    std::set<std::string> names;
    for (const auto* one : {&good, &bad}) {
      for (const auto& [name, value] : one->requirements) names.insert(name);
    }
    for (int m = 0; m < kEach; ++m) {
      Release mix = good;  // the first two are the ends
      for (const std::string& name : names) {
        if (m == 0 || (m > 1 && random() % 2 == 0)) continue;
        const auto it = bad.requirements.find(name);
        if (it == bad.requirements.end()) {
          mix.requirements.erase(name);
        } else {
          mix.requirements[name] = it->second;
        }
      }
      try {
        const auto files = write_locked(
            mix, "package.json",
            {{"package.json", text_of(at / "good" / "package.json")}});
        const fs::path into = at / ("m" + std::to_string(m));
        fs::create_directories(into);
        for (const auto& [file, content] : files) {
          std::ofstream(into / file) << content;
        }
        ++written_ones;
        // What a project may use without asking for it.
        const std::string& lock = files.at("package-lock.json");
        const auto here = packages_of(lock, false);
        for (const std::string& name : packages_of(lock, true)) {
          if (!in_both.contains(name)) continue;
          CAPTURE(w, m, name);
          CHECK(here.contains(name));
          ++at_root;
        }
      } catch (const CannotCombine& no) {
        CAPTURE(w, m, no.what());
        CHECK(m > 1);  // an end always fits
        ++cannot;
      }
    }
  }
  CHECK(written_ones >= 200);
  CHECK(at_root >= 1000);
  CHECK(cannot <= kWorlds);
  const auto judged =
      e2e::ran({"node", script, "judge", folder.path()}, folder.path());
  CAPTURE(judged.log);
  CHECK(judged.exit == 0);
  CHECK(judged.out.find("fine " + std::to_string(written_ones) + ", wrong 0") !=
        std::string::npos);
}

}  // namespace rung::npm_test
