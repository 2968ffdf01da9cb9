#include "adapters/render/blame.hpp"

#include <catch2/catch.hpp>

#include "adapters/render/options.hpp"
#include "adapters/render/release.hpp"
#include "core/base/error.hpp"

namespace rung::render::blame_test {
namespace {

using nlohmann::json;

Event event(const char* type, json details, std::int64_t at_ms = 1000) {
  return {type, at_ms, std::move(details)};
}
Event ended(json reason, const char* deploy = "dep-1") {
  return event("deploy_ended", {{"deployId", deploy},
                                {"deployStatus", "failed"},
                                {"reason", {{"failure", std::move(reason)}}}});
}
Event server_failed(json reason, const char* instance = "srv-1-aaaaa") {
  return event("server_failed", {{"instanceID", instance},
                                 {"reason", std::move(reason)}});
}

Evidence evidence(std::string status, std::vector<Event> oldest_first,
                  std::string app_log = {}) {
  Evidence all;
  all.status = std::move(status);
  all.deploy_id = "dep-1";
  all.finished_ms = 5000;
  all.events.assign(oldest_first.rbegin(), oldest_first.rend());
  all.app_log = std::move(app_log);
  return all;
}

const json kExit1 = {{"evicted", false}, {"nonZeroExit", 1}};
const json kTimedOut = {{"evicted", false}, {"timedOutSeconds", 900}};
const char* const kNoPort =
    "==> No open ports detected, continuing to scan...\n"
    "==> Port scan timeout reached, no open ports detected.\n";

}  // namespace

TEST_CASE("What Render records decides the stage", "[adapters][render]") {
  struct Case {
    const char* name;
    Evidence seen;
    Stage stage;
    const char* cause;
  };
  Evidence with_path = evidence("update_failed", {ended(kTimedOut)},
                                "listening on 10000\n==> Timed Out\n");
  with_path.health_path = "/health";
  Evidence cloning = evidence("build_failed", {});
  cloning.build_log =
      "==> Cloning from https://github.com/a/b...\n"
      "fatal: repository 'https://github.com/a/b' not found\n";
  Evidence compiling = evidence(
      "build_failed", {event("build_ended", {{"buildStatus", "failed"},
                                             {"reason",
                                              {{"failure", kExit1}}}})});
  compiling.build_log = "==> Running build command 'make'...\nerror\n";
  const Case cases[] = {
      {"exit in deploy_ended", evidence("update_failed", {ended(kExit1)}),
       Stage::start, "unknown"},
      {"exit in server_failed",
       evidence("update_failed", {server_failed(kExit1)}), Stage::start,
       "unknown"},
      {"exit in the log alone",
       evidence("update_failed", {}, "boom\n==> Exited with status 3\n"),
       Stage::start, "unknown"},
      {"an exit is start, whatever is said about ports",
       evidence("update_failed", {ended(kTimedOut)},
                std::string(kNoPort) + "==> Exited with status 1\n"),
       Stage::start, "unknown"},
      {"early exit",
       evidence("update_failed", {ended({{"evicted", false},
                                         {"earlyExit", true}})}),
       Stage::start, "unknown"},
      {"memory",
       evidence("update_failed",
                {server_failed({{"evicted", false},
                                {"oomKilled", {{"memoryLimit", "512Mi"}}}})}),
       Stage::start, "oom-killed"},
      {"no port", evidence("update_failed", {ended(kTimedOut)}, kNoPort),
       Stage::listen, "no-port-bound"},
      {"no port, canceled", evidence("canceled", {}, kNoPort), Stage::listen,
       "no-port-bound"},
      {"timed out without a path",
       evidence("update_failed", {ended(kTimedOut)}, "==> Timed Out\n"),
       Stage::listen, "no-port-bound"},
      {"timed out with a path", with_path, Stage::health, "health-timeout"},
      {"unhealthy",
       evidence("canceled", {ended({{"evicted", false},
                                    {"unhealthy", "status 500"}})}),
       Stage::health, "health-timeout"},
      {"pre-deploy",
       evidence("pre_deploy_failed",
                {event("pre_deploy_ended",
                       {{"deployId", "dep-1"},
                        {"reason", {{"failure", kExit1}}}})}),
       Stage::release, "unknown"},
      {"build", compiling, Stage::build, "unknown"},
      {"image", evidence("build_failed",
                         {event("image_pull_failed",
                                {{"message", "denied"}, {"imageURL", "a/b"}})}),
       Stage::source, "image-pull-failed"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Blame found = blame(c.seen);
    REQUIRE(found.on == Blame::On::release);
    CHECK(found.failure.stage == c.stage);
    CHECK(found.failure.cause == c.cause);
    CHECK_FALSE(found.failure.message.empty());
  }
  CHECK(blame(cloning).failure.stage == Stage::source);
}

TEST_CASE("What is not the release's doing blames no release",
          "[adapters][render]") {
  const auto on = [](const Evidence& seen) { return blame(seen).on; };
  using On = Blame::On;
  CHECK(on(evidence("deactivated", {})) == On::platform);
  CHECK(on(evidence("canceled", {})) == On::platform);
  CHECK(on(evidence("canceled",
                    {event("deploy_ended",
                           {{"deployId", "dep-1"},
                            {"reason", {{"newDeploy", {{"id", "dep-2"}}}}}})},
                    "==> Exited with status 1\n")) == On::platform);
  CHECK(on(evidence("update_failed", {ended({{"evicted", true}})})) ==
        On::platform);
  CHECK(on(evidence("update_failed",
                    {event("server_hardware_failure", json::object())})) ==
        On::platform);
  CHECK(on(evidence("build_failed",
                    {event("pipeline_minutes_exhausted", json::object())})) ==
        On::account);
  CHECK(on(evidence("update_failed",
                    {event("suspender_added", {{"actor", "billing"}})})) ==
        On::account);
}

TEST_CASE("The events of other deploys are theirs", "[adapters][render]") {
  // dep-0 had exited; then dep-1 found no port.
  CHECK(blame(evidence("update_failed",
                       {server_failed(kExit1), ended(kExit1, "dep-0"),
                        ended(kTimedOut)},
                       kNoPort))
            .failure.stage == Stage::listen);
  // What was started before goes on failing.
  Evidence seen = evidence(
      "update_failed", {server_failed(kExit1, "srv-1-older"), ended(kTimedOut)},
      kNoPort);
  seen.older_instances = {"srv-1-older"};
  CHECK(blame(seen).failure.stage == Stage::listen);
}

TEST_CASE("Garbage in events is no reason to fall over", "[adapters][render]") {
  for (const json& details :
       {json(), json(1), json("x"), json::array({1}), json{{"reason", 7}},
        json{{"reason", {{"failure", "x"}, {"nonZeroExit", "one"}}}},
        json{{"deployId", 5}, {"reason", json::array()}}}) {
    for (const char* type : {"deploy_ended", "server_failed", "build_ended",
                             "pre_deploy_ended", "image_pull_failed", ""}) {
      for (const char* status : {"update_failed", "build_failed", "canceled",
                                 "pre_deploy_failed", "who knows"}) {
        CAPTURE(details.dump(), type, status);
        CHECK_NOTHROW(blame(evidence(status, {event(type, details)})));
      }
    }
  }
}

TEST_CASE("Putting variables back keeps what others changed",
          "[adapters][render]") {
  // All worlds of one variable: unset, a, b, c before, put, and now.
  const std::optional<std::string> values[] = {std::nullopt, "a", "b", "c"};
  const auto env = [](const std::optional<std::string>& value) {
    return value ? Env{{"X", *value}} : Env{};
  };
  for (const auto& before : values) {
    for (const auto& put : values) {
      for (const auto& now : values) {
        const Env result = put_back(env(now), env(put), env(before));
        CAPTURE(before.value_or("-"), put.value_or("-"), now.value_or("-"));
        CHECK(result == (now == put ? env(before) : env(now)));
      }
    }
  }
}

TEST_CASE("Options of a Render target are checked", "[adapters][render]") {
  const auto error = [](const std::map<std::string, std::string>& words) {
    try {
      options_from("production", words);
    } catch (const PlanError& refused) {
      return std::string(refused.what());
    }
    return std::string();
  };
  const Options read = options_from("production", {{"service", "srv-1"},
                                     {"in_place", "true"},
                                     {"poll", "250ms"},
                                     {"token_env", "KEY"}});
  CHECK(read.service == "srv-1");
  CHECK(read.in_place);
  CHECK(read.poll == std::chrono::milliseconds(250));
  CHECK(read.token_env == "KEY");
  CHECK(options_from("production", {{"service", "x"}}).token_env == "RENDER_API_KEY");
  CHECK_THAT(error({}), Catch::Contains("\"service\" is missing"));
  CHECK_THAT(error({{"servise", "x"}}),
             Catch::Contains("did you mean \"service\"?"));
  CHECK_THAT(error({{"service", "x"}, {"in_place", "yes"}}),
             Catch::Contains("true or false"));
  CHECK_THAT(error({{"service", "x"}, {"plan", "standart"}}),
             Catch::Contains("did you mean \"standard\"?"));
  CHECK_THAT(error({{"service", "x"}, {"poll", "0s"}}),
             Catch::Contains("more than 0"));
  CHECK_THAT(error({{"service", "x"}, {"base_url", "ftp://x"}}),
             Catch::Contains("http or https URL"));
}

TEST_CASE("Files that rung generates are written by the build command",
          "[adapters][render]") {
  Bundle bundle;
  bundle.env = {{"API_KEY", "hunter2hunter2"}};
  Details live;
  live.build = "npm ci";
  const Details details = details_of(bundle, live, "node", "",
                                     {{"a dir/x.txt", "it's\n"}}, {});
  CHECK(details.build ==
        "mkdir -p 'a dir' && echo aXQncwo= | base64 -d > 'a dir/x.txt' && "
        "( npm ci\n)");
  CHECK(details_of(bundle, live, "node", "", {}, {}) == live);
  try {
    details_of(bundle, live, "node", "", {{".env", "K=hunter2hunter2"}}, {});
    FAIL("a secret was put into the build command");
  } catch (const AbortError& error) {
    CHECK_THAT(error.what(), Catch::Contains(".env"));
    CHECK_THAT(error.what(), !Catch::Contains("hunter2"));
  }
  CHECK_THROWS_AS(
      details_of(bundle, live, "docker", "", {{"x.txt", "x"}}, {}), AbortError);
}

}  // namespace rung::render::blame_test
