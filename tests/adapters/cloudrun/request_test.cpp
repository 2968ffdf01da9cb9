#include "adapters/cloudrun/request.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"

namespace rung::request_test {
namespace {

using nlohmann::json;

/// As a service that somebody made by hand has it.
json somebodys() {
  return json::parse(R"({
    "serviceAccount": "web@shop.iam.gserviceaccount.com",
    "scaling": {"minInstanceCount": 1, "maxInstanceCount": 8},
    "timeout": "300s",
    "labels": {"team": "shop"},
    "containers": [
      {"name": "proxy", "image": "r/proxy:3"},
      {"name": "app", "image": "r/web@sha256:11",
       "command": ["old"], "args": ["--old"],
       "ports": [{"name": "http1", "containerPort": 8000}],
       "resources": {"limits": {"memory": "512Mi"}},
       "env": [{"name": "COLOUR", "value": "red"},
               {"name": "API_KEY", "valueSource": {"secretKeyRef":
                 {"secret": "api-key", "version": "3"}}}],
       "startupProbe": {"httpGet": {"path": "/ready"}, "periodSeconds": 5}}
    ]})");
}

Bundle release(const std::map<std::string, std::string>& env) {
  Bundle bundle;
  bundle.release.commit.hex = std::string(40, 'c');
  bundle.release.env = env;
  bundle.env = env;
  return bundle;
}

json made(const Bundle& bundle, const cloudrun::Shape& shape,
          const json& base = somebodys()) {
  auto answer =
      cloudrun::template_for(base, bundle, shape, "web-rung-0123abcd");
  REQUIRE(std::holds_alternative<json>(answer));
  return std::get<json>(answer);
}

json by_revision(const std::string& revision, int percent,
                 const std::string& tag = "") {
  json target = {{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"},
                 {"revision", revision},
                 {"percent", percent}};
  if (!tag.empty()) target["tag"] = tag;
  return target;
}

json latest(int percent) {
  return {{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
          {"percent", percent}};
}

}  // namespace

TEST_CASE("A trial on Cloud Run is the service's template with what the "
          "release changes, and nothing else",
          "[adapters][cloudrun_request]") {
  cloudrun::Shape shape;
  shape.image = "r/web:{commit}";
  shape.labels = {{"rung-run", "r1"}};
  Bundle bundle = release({{"COLOUR", "blue"}, {"PORT", "9000"}});
  bundle.release.config["start"] = "exec ./server";

  json expected = somebodys();
  expected["revision"] = "web-rung-0123abcd";
  expected["labels"]["rung-run"] = "r1";
  expected["annotations"]["rung-commit"] = std::string(40, 'c');
  json& app = expected["containers"][1];
  app["image"] = "r/web:" + std::string(40, 'c');
  app["command"] = {"/bin/sh", "-c", "exec ./server"};
  app.erase("args");
  app["ports"][0]["containerPort"] = 9000;  // PORT itself may not be set
  app["env"] = json::array({{{"name", "COLOUR"}, {"value", "blue"}}});
  CHECK(made(bundle, shape) == expected);

  SECTION("the image's own command stays where the target says so") {
    shape.image_starts = true;
    const json kept = made(bundle, shape)["containers"][1];
    CHECK(kept["command"] == json{"old"});
    CHECK(kept["args"] == json{"--old"});
  }
  SECTION("variables that the platform sets are not sent") {
    for (const char* name : {"K_SERVICE", "K_REVISION", "K_CONFIGURATION"}) {
      bundle.env[name] = "mine";
    }
    CHECK(made(bundle, shape) == expected);
  }
  SECTION("a deadline becomes a startup probe that ends then") {
    shape.start_deadline = std::chrono::seconds(60);
    CHECK(made(bundle, shape)["containers"][1]["startupProbe"] ==
          json{{"httpGet", {{"path", "/ready"}}},
               {"periodSeconds", 1},
               {"timeoutSeconds", 1},
               {"failureThreshold", 60}});
  }
  SECTION("a health path becomes a startup probe within the API's limits") {
    bundle.release.config["platform:health-path"] = "/healthz";
    json base = somebodys();
    base["containers"][1].erase("startupProbe");
    const json probe =
        made(bundle, shape, base)["containers"][1]["startupProbe"];
    CHECK(probe["httpGet"] == json{{"path", "/healthz"}});
    CHECK(probe["periodSeconds"].get<int>() *
              probe["failureThreshold"].get<int>() <=
          240);
    CHECK(probe["timeoutSeconds"] <= probe["periodSeconds"]);
  }
  SECTION("a PORT that is none is the release's fault") {
    for (const char* port : {"", "http", "0", "65536", "80 "}) {
      CAPTURE(port);
      bundle.env["PORT"] = port;
      const auto answer =
          cloudrun::template_for(somebodys(), bundle, shape, "web-rung-1");
      REQUIRE(std::holds_alternative<Failure>(answer));
      CHECK(std::get<Failure>(answer).stage == Stage::release);
    }
  }
  SECTION("without any image there is nothing to run") {
    shape.image.clear();
    CHECK_THROWS_AS(
        cloudrun::template_for(json::object(), bundle, shape, "web-rung-1"),
        AbortError);
  }
}

TEST_CASE("Cloud Run is given references to secrets, never their values",
          "[adapters][cloudrun_request]") {
  cloudrun::Shape shape;
  shape.secret_names = {"API_KEY", "DATABASE_URL"};
  const json kept = {{"name", "API_KEY"},
                     {"valueSource",
                      {{"secretKeyRef",
                        {{"secret", "api-key"}, {"version", "3"}}}}}};

  SECTION("one that the service has stays as it is") {
    const json env = made(release({{"API_KEY", "battery-horse"}}),
                          shape)["containers"][1]["env"];
    CHECK(env == json::array({kept}));
  }
  SECTION("one that the target names is referred to") {
    shape.secrets = {{"DATABASE_URL", "database-url:7"}, {"API_KEY", "other"}};
    const json made_of = made(
        release({{"DATABASE_URL", "pg://battery"}, {"API_KEY", "horse"}}),
        shape);
    const json env = made_of["containers"][1]["env"];
    REQUIRE(env.size() == 2);
    CHECK(env[0]["valueSource"]["secretKeyRef"] ==
          json{{"secret", "other"}, {"version", "latest"}});
    CHECK(env[1]["valueSource"]["secretKeyRef"] ==
          json{{"secret", "database-url"}, {"version", "7"}});
    CHECK(made_of.dump().find("battery") == std::string::npos);
    CHECK(made_of.dump().find("horse") == std::string::npos);
  }
  SECTION("one without a reference is not sent at all") {
    try {
      cloudrun::template_for(somebodys(),
                             release({{"DATABASE_URL", "pg://battery"}}),
                             shape, "web-rung-1");
      FAIL("it was accepted");
    } catch (const AbortError& error) {
      const std::string said = error.what();
      CHECK_THAT(said, Catch::Contains("DATABASE_URL") &&
                           Catch::Contains("Secret Manager") &&
                           !Catch::Contains("battery"));
    }
  }
  SECTION("read and written again they are the same reference") {
    const auto env = cloudrun::env_of(somebodys());
    CHECK(env == std::map<std::string, std::string>{
                     {"COLOUR", "red"},
                     {"API_KEY", "secret://api-key:3"},
                     {"PORT", "8000"}});
    shape.secret_names.clear();
    const json again = made(release(env), shape)["containers"][1];
    CHECK(again["env"] ==
          json::array({kept, {{"name", "COLOUR"}, {"value", "red"}}}));
    CHECK(again["ports"] == somebodys()["containers"][1]["ports"]);
  }
}

TEST_CASE("No request of a trial moves anybody's traffic",
          "[adapters][cloudrun_request]") {
  const std::string trial = cloudrun::trial_name("web", "0123abcd");
  CHECK(trial == "web-rung-0123abcd");
  CHECK(cloudrun::is_trial_name("web", trial));
  CHECK_FALSE(cloudrun::is_trial_name("web", "web-00001-abc"));
  CHECK_FALSE(cloudrun::is_trial_name("web", "web-rung-0123abcdef"));
  const std::string tag = cloudrun::tag_of(trial);
  CHECK(tag == "r-0123abcd");

  json service = {
      {"latestReadyRevision",
       "projects/p/locations/r/services/web/revisions/web-00009-xyz"},
      {"traffic",
       json::array({latest(90), by_revision("web-00007-abc", 10, "old")})}};
  const json pinned = cloudrun::pinned(service);
  // "latest" would be the trial as soon as it is ready.
  CHECK(pinned == json{by_revision("web-00009-xyz", 90),
                       by_revision("web-00007-abc", 10, "old")});
  const json tagged = cloudrun::with_tag(pinned, trial, tag);
  CHECK(tagged.size() == 3);
  CHECK(tagged[2] == by_revision(trial, 0, tag));
  CHECK(cloudrun::with_tag(tagged, trial, tag) == tagged);
  CHECK(cloudrun::without(tagged, {trial}) == pinned);
  // Never what has traffic, whoever asks.
  CHECK(cloudrun::without(tagged, {trial, "web-00007-abc"}) == pinned);
  CHECK(cloudrun::all_to_latest() == json::array({latest(100)}));
  CHECK(cloudrun::all_to(trial) == json::array({by_revision(trial, 100)}));

  SECTION("without any traffic said, the latest serves") {
    service.erase("traffic");
    CHECK(cloudrun::pinned(service) ==
          json::array({by_revision("web-00009-xyz", 100)}));
    CHECK(cloudrun::serving(service) == "web-00009-xyz");
  }
  SECTION("what serves is what the platform says, not what was asked for") {
    service["trafficStatuses"] =
        json::array({by_revision("web-00008-old", 100)});
    CHECK(cloudrun::serving(service) == "web-00008-old");
  }
}

}  // namespace rung::request_test
