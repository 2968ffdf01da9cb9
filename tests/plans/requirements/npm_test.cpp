#include <catch2/catch.hpp>
#include <sstream>

#include "plans/requirements/npm_lock.hpp"
#include "plans/requirements/npm_range.hpp"
#include "tests/plans/requirements/npm_releases.hpp"

namespace rung::npm_test {
namespace {

/// What the packages' first lines say: what people read.
Requirements shown(const Requirements& requirements) {
  Requirements out;
  for (const auto& [name, value] : requirements) {
    out[name] = value.substr(0, value.find('\n'));
  }
  return out;
}

}  // namespace

TEST_CASE("Ranges of npm", "[plans][npm]") {
  struct Case {
    const char *range, *inside, *outside;
  };
  const auto c = GENERATE(values<Case>({
      {"^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-rc.1 1.3.0-rc.1"},
      {"^0.2.3", "0.2.3 0.2.9", "0.3.0 1.0.0"},
      {"^0.0.3", "0.0.3", "0.0.4"},
      {"^1.x", "1.0.0 1.9.9", "0.9.9 2.0.0"},
      {"^0", "0.0.1 0.9.0", "1.0.0"},
      {"~1.2.3", "1.2.3 1.2.9", "1.3.0"},
      {"~1.2", "1.2.0 1.2.9", "1.3.0"},
      {"~1", "1.0.0 1.9.0", "2.0.0"},
      {"1.2.3", "1.2.3", "1.2.4"},
      {"=1.2.3", "1.2.3", "1.2.4"},
      {"v1.2.3", "1.2.3", "1.2.4"},
      {"1.2", "1.2.0 1.2.7", "1.3.0"},
      {"1.x.x", "1.2.0", "2.0.0"},
      {"*", "0.0.1 9.0.0", "1.0.0-rc.1"},
      {"", "0.0.1 9.0.0", "1.0.0-rc.1"},
      {">=1.2 <2 || 3.x", "1.2.0 3.4.5", "2.0.0 4.0.0 1.1.9"},
      {">= 1.2.0 < 1.5.0", "1.2.0 1.4.9", "1.5.0 1.1.0"},
      {">1.2", "1.3.0", "1.2.9"},
      {"<=1.2", "1.2.9", "1.3.0"},
      {"1.2 - 2.3", "1.2.0 2.3.9", "2.4.0 1.1.9"},
      {"1.2.3 - 2.3.4", "1.2.3 2.3.4", "2.3.5"},
      {"^1.2.3-beta.2", "1.2.3-beta.2 1.2.3-beta.11 1.2.3 1.4.0",
       "1.2.3-beta.1 1.2.4-beta.2"},
      {">=1.0.0-0", "1.0.0-rc.1 1.0.0", "0.9.0 1.0.1-rc.1"},
      {"1.0.0-rc.1", "1.0.0-rc.1 1.0.0-rc.1+build", "1.0.0"},
  }));
  CAPTURE(c.range);
  const auto each = [](const char* words, auto&& check) {
    std::istringstream in{words};
    for (std::string word; in >> word;) check(word);
  };
  each(c.inside, [&](const std::string& version) {
    CAPTURE(version);
    CHECK(npm_satisfies(version, c.range) == true);
  });
  each(c.outside, [&](const std::string& version) {
    CAPTURE(version);
    CHECK(npm_satisfies(version, c.range) == false);
  });
  for (const char* no_range : {"latest", "file:../x", "npm:a@1", "git+ssh://h/x",
                               "https://h/x.tgz", "workspace:*", "user/repo"}) {
    CAPTURE(no_range);
    CHECK(npm_satisfies("1.0.0", no_range) == std::nullopt);
  }
}

TEST_CASE("package-lock.json of each version gives every package it installs",
          "[plans][npm]") {
  const Requirements expected = {
      {"a", "1.0.0"}, {"b", "2.0.0, 1.5.0"}, {"@s/c", "0.1.0"},
      {"d", "3.0.0"}, {"old-d", "npm:d@2.0.0"},
      {"g", "git+ssh://git@host/g.git#abc"}};
  const auto old = shown(parse_package_lock(R"({"lockfileVersion": 1, "dependencies": {
    "b": {"version": "2.0.0"},
    "a": {"version": "1.0.0", "requires": {"b": "^1"}, "dependencies": {
      "b": {"version": "1.5.0", "dependencies": {"@s/c": {"version": "0.1.0"}}}}},
    "d": {"version": "3.0.0", "dev": true},
    "old-d": {"version": "npm:d@2.0.0"},
    "g": {"version": "git+ssh://git@host/g.git#abc"}}})",
                                            "l"));
  CHECK(old == expected);
  for (const char* version : {"2", "3"}) {
    CHECK(shown(parse_package_lock(R"({"lockfileVersion": )" +
                                       std::string(version) + R"(, "packages": {
      "": {"name": "x", "dependencies": {"a": "^1"}},
      "node_modules/b": {"version": "2.0.0"},
      "node_modules/a": {"version": "1.0.0", "resolved": "https://r/a.tgz"},
      "node_modules/a/node_modules/b": {"version": "1.5.0"},
      "node_modules/a/node_modules/b/node_modules/@s/c": {"version": "0.1.0"},
      "node_modules/d": {"version": "3.0.0", "dev": true},
      "node_modules/old-d": {"name": "d", "version": "2.0.0"},
      "node_modules/g": {"version": "1.0.0",
                         "resolved": "git+ssh://git@host/g.git#abc"}}})",
                                   "l")) == expected);
  }
  const auto refusal = [](const char* text) -> std::string {
    try {
      parse_package_lock(text, "l");
    } catch (const PlanError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal("{}") == "l: not a package-lock.json");
  CHECK(refusal(R"({"packages": {"node_modules/a": {"version": "1", "link": 7}}})") ==
        "l: not as npm writes it");
  CHECK(refusal(R"({"packages": {"node_modules/a": {}}})") ==
        "l: a: no version");
  CHECK(refusal(R"({"packages": {"node_modules/a": {"version": "1",
                    "resolved": "https://u:hunter2@h/a.tgz"}}})")
            .find("a password or token") != std::string::npos);
}

TEST_CASE("What another npm writes about the same packages is no change",
          "[plans][npm]") {
  Release good = locked_release(lock3(
      {{"dependencies", {{"a", "^1.0.0"}}}},
      {{"node_modules/a",
        {{"version", "1.0.0"}, {"resolved", "https://r/a"}, {"dev", true}}},
       {"node_modules/b", {{"version", "1.0.0"}}}}));
  Release bad = locked_release(lock3(
      {{"dependencies", {{"a", "^1.0.0"}}}},
      {{"node_modules/a",
        {{"version", "1.0.0"}, {"resolved", "https://r/a"}, {"license", "MIT"}}},
       {"node_modules/b", {{"version", "1.0.1"}}}}));
  CHECK(good.requirements.at("a") != bad.requirements.at("a"));
  share_locked(good, bad);
  CHECK(good.requirements.at("a") == bad.requirements.at("a"));
  CHECK(good.requirements.at("b") != bad.requirements.at("b"));
  CHECK(good.config == bad.config);
  // From version 1 to version 3.
  good = locked_release(
      R"({"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0",
          "resolved": "https://r/a", "requires": {"b": "1"}},
          "b": {"version": "1.0.0"}}})");
  share_locked(good, bad);
  CHECK(good.requirements.at("a") == bad.requirements.at("a"));
}

TEST_CASE("A lock file that nothing was changed in is written as it was",
          "[plans][npm]") {
  const Json packages = {
      {"node_modules/@s/x", {{"version", "1.0.0"}, {"dev", true}}},
      {"node_modules/a",
       {{"version", "1.0.0"},
        {"dependencies", {{"b", "^2"}, {"old-b", "npm:b@^1"}}},
        {"optionalDependencies", {{"f", "1"}}}}},
      {"node_modules/b", {{"version", "2.0.1"}}},
      {"node_modules/c",
       {{"version", "1.0.0"}, {"bundleDependencies", {"in"}},
        {"dependencies", {{"in", "1"}}}}},
      {"node_modules/c/node_modules/in",
       {{"version", "1.0.0"}, {"inBundle", true}}},
      {"node_modules/f",
       {{"version", "1.0.0"}, {"optional", true}, {"os", {"darwin"}}}},
      {"node_modules/old-b", {{"name", "b"}, {"version", "1.0.0"}}},
      {"node_modules/t",
       {{"version", "1.0.0"}, {"resolved", "file:t-1.0.0.tgz"}}},
      {"node_modules/w", {{"resolved", "apps/w"}, {"link", true}}},
      {"apps/w", {{"version", "0.1.0"}, {"dependencies", {{"b", "^2"}}}}}};
  const Json root = {{"name", "x"},
                     {"workspaces", {"apps/*"}},
                     {"dependencies",
                      {{"a", "^1"}, {"c", "*"}, {"t", "file:t-1.0.0.tgz"}}},
                     {"devDependencies", {{"@s/x", "~1"}}}};
  const Files manifests = {
      {"package.json", root.dump()},
      {"apps/w/package.json", R"({"name": "w", "scripts": {"s": "t"}})"}};
  const Release release = locked_release(lock3(root, packages));
  CHECK(shown(release.requirements).at("w") == "file:apps/w");
  CHECK_FALSE(release.requirements.contains("in"));  // comes with c
  CHECK(locked_manifests(release.requirements, "package.json") ==
        std::set<std::string>{"package.json", "apps/w/package.json",
                              "npm-shrinkwrap.json"});
  const Json lock = written(release, "package-lock.json", manifests);
  CHECK(lock["lockfileVersion"] == 3);
  const auto plain = [](const Json& json) {
    return nlohmann::json::parse(json.dump());
  };
  Json expected = packages;
  expected[""] = root;
  CHECK(plain(lock["packages"]) == plain(expected));
  CHECK(plain(written(release, "package.json", manifests)) == plain(root));
  CHECK(written(release, "apps/w/package.json", manifests).dump() ==
        R"({"name":"w","scripts":{"s":"t"},"version":"0.1.0",)"
        R"("dependencies":{"b":"^2"}})");
  // Where the project has a shrinkwrap file npm looks at no other.
  Files wrapped = manifests;
  wrapped["npm-shrinkwrap.json"] = "{}";
  CHECK(written(release, "npm-shrinkwrap.json", wrapped).contains("packages"));
}

TEST_CASE("A build that looks at no lock file gets versions in the manifest",
          "[plans][npm]") {
  Release release = locked_release(lock3(
      {{"dependencies", {{"a", "^1"}}}},
      {{"node_modules/a",
        {{"version", "1.0.0"},
         {"dependencies", {{"b", "^2"}, {"old-b", "npm:b@^1"}}}}},
       {"node_modules/b", {{"version", "2.0.1"}}},
       {"node_modules/old-b", {{"name", "b"}, {"version", "1.0.0"}}},
       {"node_modules/old-b/node_modules/c", {{"version", "3.0.0"}}}}));
  release.config["build"] = "npm install --no-package-lock";
  release.requirements["old-b"].replace(
      release.requirements["old-b"].find("\"version\":\"1.0.0\""), 0,
      "\"dependencies\":{\"c\":\"3\"},");
  const auto files = write_locked(
      release, "package.json",
      {{"package.json", R"({"name": "x", "overrides": {"z": "1"}})"}});
  CHECK(files.size() == 1);
  CHECK(Json::parse(files.at("package.json")).dump() ==
        R"({"name":"x","overrides":{"z":"1","b":"2.0.1",)"
        R"("old-b":{".":"npm:b@1.0.0","c":"3.0.0"}},)"
        R"("dependencies":{"a":"1.0.0"}})");
}

TEST_CASE("A lock file whose entries have other types is refused",
          "[plans][npm]") {
  for (const Json& odd :
       {Json{{"bundled", "yes"}}, Json{{"inBundle", 1}}, Json{{"link", "x"}},
        Json{{"peerDependenciesMeta", {{"c", true}}}},
        Json{{"peerDependenciesMeta", {{"c", {{"optional", "x"}}}}}},
        Json{{"peerDependenciesMeta", "x"}}}) {
    CAPTURE(odd.dump());
    Json entry{{"version", "1.0.0"}};
    entry.update(odd);
    CHECK_THROWS_AS(
        locked_release(lock3({{"dependencies", {{"a", "1"}}}},
                             {{"node_modules/a", entry}})),
        PlanError);
    const Json old{{"lockfileVersion", 1}, {"dependencies", {{"a", entry}}}};
    CHECK_THROWS_AS(locked_release(old.dump()), PlanError);
  }
}

TEST_CASE("Overrides that are none are replaced", "[plans][npm]") {
  Release release = locked_release(
      lock3({{"dependencies", {{"a", "1"}}}},
            {{"node_modules/a",
              {{"version", "1.0.0"}, {"dependencies", {{"b", "2"}}}}},
             {"node_modules/b", {{"version", "2.0.0"}}}}));
  release.config["build"] = "npm install --no-package-lock";
  const std::string odd = R"({"dependencies": {"a": "1"}, "overrides": "x"})";
  CHECK(written(release, "package.json", {{"package.json", odd}})
            .at("overrides") == Json{{"b", "2.0.0"}});
  CHECK(Json::parse(write_package_json({{"a>b", "2"}}, odd, "f"))
            .at("overrides") == Json{{"a", {{"b", "2"}}}});
}

TEST_CASE("Overrides of a package.json are requirements", "[plans][npm]") {
  const auto read = [](const char* overrides) {
    return parse_package_json(
        R"({"dependencies": {"a": "1"}, "overrides": )" +
            std::string(overrides) + "}",
        "p");
  };
  const auto found = read(
      R"({"b": "2.0.0", "@s/c": "$a", "d@^1": "1.5.0", "d@^2": "2.5.0",
          "e": {".": "3", "f": "npm:g@4"}})");
  CHECK(found == Requirements{
                     {"a", "1"},
                     {"override:b", "2.0.0"},
                     {"override:@s/c", "$a"},
                     {"override:d", R"({"d@^1":"1.5.0","d@^2":"2.5.0"})"},
                     {"override:e", R"({"e":{".":"3","f":"npm:g@4"}})"}});
  const auto back = write_package_json(found, "", "p");
  CHECK(parse_package_json(back, "p") == found);
  // Which of two comes first decides.
  CHECK(read(R"({"d@^1": "1", "d": "2"})") != read(R"({"d": "2", "d@^1": "1"})"));
  CHECK_THROWS_AS(read(R"({"b": 2})"), PlanError);
  CHECK_THROWS_AS(read(R"({"e": {"f": null}})"), PlanError);
  CHECK_THROWS_AS(read(R"(["b"])"), PlanError);
  CHECK_THROWS_AS(read(R"({"b": 4E444444})"), PlanError);
  CHECK_THROWS_AS(read(R"({"e": {"f": "git+https://u:pw@h/f.git"}})"), PlanError);
}

TEST_CASE("A whole package.json takes away what the commit has beside it",
          "[plans][npm]") {
  const std::string committed =
      R"({"name": "x", "dependencies": {"a": "1"}, "devDependencies": {"t": "1"},
          "optionalDependencies": {"o": "1"}, "overrides": {"b": "2"}})";
  // A plan adds to it.
  CHECK(Json::parse(write_package_json({{"a", "2"}}, committed, "p")).size() == 5);
  CHECK(Json::parse(write_package_json({{"a", "2"}}, committed, "p", {}, true))
            .dump() == R"({"name":"x","dependencies":{"a":"2"}})");
  CHECK(Json::parse(write_package_json({{"override:c", "1"}}, committed, "p"))
            .at("overrides")
            .dump() == R"({"c":"1"})");
}

TEST_CASE("The overrides that a trial gets agree with its lock file",
          "[plans][npm]") {
  const auto release = [](const Json& root, const std::string& b) {
    return locked_release(
        lock3({{"dependencies", root}},
              {{"node_modules/a",
                {{"version", "1.0.0"}, {"dependencies", {{"b", "^1"}}}}},
               {"node_modules/b", {{"version", b}}}}));
  };
  const auto overrides = [](const Release& one, const std::string& committed) {
    const Json json = written(one, "package.json", {{"package.json", committed}});
    return json.contains("overrides") ? json["overrides"].dump() : "none";
  };
  const std::string with_one =
      R"({"dependencies": {"a": "1"}, "overrides": {"b": "2.x", "z": "1"}})";
  const std::string without = R"({"dependencies": {"a": "1"}})";
  const Json root{{"a", "1"}};
  CHECK(overrides(release(root, "2.0.0"), with_one) == R"({"b":"2.x","z":"1"})");
  CHECK(overrides(release(root, "2.0.0"), without) == R"({"b":"2.0.0"})");
  CHECK(overrides(release(root, "1.0.0"), with_one) == "none");
  CHECK(overrides(release(root, "1.0.0"), without) == "none");
  // One that is not for every copy of the package.
  const auto two = locked_release(
      lock3({{"dependencies", {{"a", "1"}, {"b", "1"}}}},
            {{"node_modules/a",
              {{"version", "1.0.0"}, {"dependencies", {{"b", "^1"}}}}},
             {"node_modules/a/node_modules/b", {{"version", "3.0.0"}}},
             {"node_modules/b", {{"version", "1.0.0"}}}}));
  CHECK(overrides(two, with_one) == R"({"a":{"b":"3.0.0"}})");
  // What is said of one is said of all below it, and of nobody else.
  const auto three = locked_release(lock3(
      {{"dependencies", {{"a", "1"}, {"c", "1"}}}},
      {{"node_modules/a",
        {{"version", "1.0.0"}, {"dependencies", {{"b", "^1"}, {"d", "1"}}}}},
       {"node_modules/a/node_modules/b", {{"version", "3.0.0"}}},
       {"node_modules/b", {{"version", "1.0.0"}}},
       {"node_modules/c",
        {{"version", "1.0.0"}, {"dependencies", {{"b", "^1"}}}}},
       {"node_modules/d",
        {{"version", "1.0.0"}, {"dependencies", {{"b", "^1"}}}}}}));
  CHECK(overrides(three, without) ==
        R"({"a":{"b":"3.0.0"},"d":{"b":"1.0.0"}})");
  // What the project asks for itself is not overridden but pointed to.
  const auto direct = locked_release(
      lock3({{"dependencies", {{"a", "1"}, {"b", "^2"}}}},
            {{"node_modules/a",
              {{"version", "1.0.0"}, {"peerDependencies", {{"b", "^1"}}}}},
             {"node_modules/b", {{"version", "2.0.0"}}}}));
  CHECK(overrides(direct, without) == R"({"b":"$b"})");
}

TEST_CASE("A lock file of version 1 stays one", "[plans][npm]") {
  const std::string text =
      R"({"lockfileVersion": 1, "dependencies": {
        "a": {"version": "1.0.0", "resolved": "https://r/a", "requires": {"b": "^1"},
              "dependencies": {"b": {"version": "1.5.0"}}},
        "b": {"version": "2.0.0"},
        "d": {"version": "3.0.0", "dev": true}}})";
  const Release release = locked_release(text);
  const Files manifests = {
      {"package.json",
       R"({"name": "x", "dependencies": {"a": "^1", "b": "^1"},
           "devDependencies": {"d": "*"}})"}};
  const Json lock = written(release, "package-lock.json", manifests);
  CHECK(lock["lockfileVersion"] == 1);
  CHECK(nlohmann::json::parse(lock["dependencies"].dump()) ==
        nlohmann::json::parse(text)["dependencies"]);
  // The manifest is the commit's, and it has to agree.
  CHECK(written(release, "package.json", manifests)["dependencies"].dump() ==
        R"({"a":"^1","b":"2.0.0"})");
}

TEST_CASE("A lock file of version 1 has aliases, too", "[plans][npm]") {
  const auto release = [](const std::string& version) {
    return locked_release(
        R"({"lockfileVersion": 1, "dependencies": {
            "a": {"version": "1.0.0", "requires": {"old-b": "npm:@s/b@^1"}},
            "old-b": {"version": "npm:@s/b@)" +
        version + R"("}}})");
  };
  const Files manifests = {
      {"package.json",
       R"({"dependencies": {"a": "^1", "old-b": "npm:@s/b@1.0.0"}})"}};
  for (const char* version : {"1.0.0", "1.2.0"}) {
    CAPTURE(version);
    const std::string alias = "npm:@s/b@" + std::string(version);
    const Release one = release(version);
    CHECK(written(one, "package-lock.json",
                  manifests)["dependencies"]["old-b"]["version"] == alias);
    CHECK(written(one, "package.json", manifests)["dependencies"]["old-b"] ==
          alias);
  }
}

}  // namespace rung::npm_test
