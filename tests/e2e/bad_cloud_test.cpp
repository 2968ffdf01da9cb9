#include <fmt/chrono.h>
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/example.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/cloudrun_host.hpp"
#include "tests/fakes/render_host.hpp"

// What can be wrong with a platform that is not this machine, on the fakes of
// Render and Cloud Run that really run releases, and with the user's commands:
// one line that says what to do, the exit code for it, nothing left behind and
// what serves untouched.
namespace rung::e2e::bad_cloud_test {
namespace {

using namespace std::chrono_literals;
using fakes::ApiAnswer;
using fakes::ApiCall;

/// A plan of one target that a release is probed on.
std::string plan_of(const std::string& target, const std::string& more = "") {
  return fmt::format(
      "rung: 1\nname: shop\nsource: {{repo: app}}\nstart: exec {}\n{}\n"
      "targets:\n  production: {{{}}}\nphases:\n  - name: live\n"
      "    gates: [{{http: /health, deadline: 5s, settled: 500ms}}]\n",
      RUNG_TEST_SERVICE, more, target);
}

Result probed(BrokenService& app, const std::string& plan,
              const std::map<std::string, std::string>& env) {
  app.file("plan.yaml", plan);
  return RunningRung({"probe", "plan.yaml", "--target", "production", "--json"},
                     app.folder(), env)
      .result();
}

/// What a person is told in the end: the error, or why the release is bad or
/// not judged; in one line.
std::string told(const Result& result) {
  const auto json = result.json();
  std::string said;
  if (json.contains("error")) {
    said = json["error"];
  } else if (json["failure"].is_object()) {
    said = fmt::format("{}: {}", json["failure"]["stage"].get<std::string>(),
                       json["failure"]["message"].get<std::string>());
  }
  CHECK_FALSE(said.empty());
  CHECK(said.find('\n') == said.npos);
  return said;
}

ApiAnswer refusal(int status, const std::string& message) {
  return {status, nlohmann::json{{"error", {{"message", message}}},
                                 {"message", message}}.dump(),
          {{"Content-Type", "application/json"}, {"Retry-After", "3600"}}};
}

struct Case {
  std::string target;  ///< of commands: what `deploy` does
  std::string more;    ///< of the plan; of commands: of the target
  int exit = 0;
  std::vector<std::string> says;
  std::map<std::string, std::string> env = {};
};

void check(const Case& c, const Result& result) {
  CAPTURE(result.log);
  CHECK(result.exit == c.exit);
  const std::string said = c.exit == 0 ? "" : told(result);
  for (const std::string& words : c.says) {
    CHECK_THAT(said, Catch::Contains(words));
  }
}

}  // namespace

TEST_CASE("What is wrong with Cloud Run, or with what it is given, is one line",
          "[e2e][bad_input][cloudrun]") {
  BrokenService app;
  const std::string good = app.commit("");
  fakes::CloudRunHost::Settings settings;
  settings.repository = app.root();
  settings.command = std::string("exec ") + RUNG_TEST_SERVICE;
  fakes::CloudRunHost host(settings);
  host.serve(good);
  const auto before = host.server().facts();

  const std::string target = "adapter: cloudrun, " + host.target();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = target;
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
  };
  const auto write = [](const ApiCall& call) {
    return call.method == "PATCH" || call.method == "DELETE";
  };
  bool deleted = false;
  const auto tried = [&](const Case& c) {
    auto env = host.credentials();
    for (const auto& [name, value] : c.env) env[name] = value;
    const Result result = probed(app, plan_of(c.target, c.more), env);
    check(c, result);
    CHECK(result.log.find(settings.token) == result.log.npos);
    host.put_before({});
    const auto after = host.server().facts();
    if (deleted) return;
    CHECK(after.serving == before.serving);
    CHECK(after.served == before.served);
    CHECK(after.traffic == before.traffic);
    CHECK(after.template_ == before.template_);
    CHECK(after.tagged.empty());
  };

  SECTION("a wrong token") {
    tried({target, "", 128, {"gcloud auth print-access-token"},
           {{"GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.expired"}}});
  }
  SECTION("a service that is not there") {
    tried({with("service: web", "service: wbe"), "", 128,
           {"Cloud Run service wbe", "check service, project and region"}});
  }
  SECTION("a service that somebody deletes in the middle") {
    deleted = true;
    host.put_before([&](const ApiCall& call) {
      ApiAnswer said = host.server()(call);
      if (call.method == "PATCH") host.server().forget_service();
      return said;
    });
    tried({target, "", 128, {"Cloud Run service web"}});
  }
  SECTION("an image that was never pushed") {
    tried({with(host.image("{commit}"), host.image("nothing")), "", 1,
           {"source: ", "not found"}});
  }
  SECTION("a variable that the platform keeps for itself") {
    tried({target, "env: {K_ANYTHING: mine}", 1,
           {"release: ", "reserved env names were provided: K_ANYTHING"}});
  }
  SECTION("a deadline that the platform does not give") {
    tried({target + ", start_deadline: 5m", "", 128,
           {"targets/production/start_deadline", "240s at most"}});
  }
  SECTION("a quota") {
    host.put_before([&](const ApiCall& call) {
      return write(call) ? refusal(429, "Quota exceeded") : host.server()(call);
    });
    tried({target, "", 125, {"429: too many requests"}});
  }
  SECTION("a project without billing") {
    host.put_before([&](const ApiCall& call) {
      return write(call) ? refusal(403, "Billing is disabled for project shop")
                         : host.server()(call);
    });
    tried({target, "", 128,
           {"403 Billing is disabled", "check the credentials"}});
  }
  SECTION("a clock that is off") {
    const fakes::ApiServer google([](const ApiCall&) {
      ApiAnswer answer = refusal(400, "invalid_grant");
      answer.headers["Date"] = fmt::format(
          "{:%a, %d %b %Y %H:%M:%S} GMT",
          fmt::gmtime(std::time(nullptr) + 3600));
      return answer;
    });
    const Result key = ran({"openssl", "genrsa", "-traditional", "2048"}, "/");
    REQUIRE(key.exit == 0);
    app.file("key.json",
             nlohmann::json{{"client_email", "rung@shop.example"},
                            {"private_key", key.out},
                            {"private_key_id", "1"},
                            {"token_uri", google.url() + "/token"}}
                 .dump());
    tried({target + ", credentials: key.json", "", 128,
           {"clock is ", "s behind: set it (timedatectl"}});
  }
}

TEST_CASE("What is wrong with Render, or with what it is given, is one line",
          "[e2e][bad_input][render]") {
  BrokenService app;
  const std::string good = app.commit("");
  fakes::RenderHost::Settings settings;
  fakes::RenderHost host(settings);
  fakes::RenderServer::NewService service;
  service.name = "shop";
  service.repo = app.root();
  service.env = {{"COLOUR", "red"}};
  service.start = std::string("exec ") + RUNG_TEST_SERVICE;
  service.health_path = "/health";
  const std::string id = host.serve(service, good);
  const auto before = host.server().view(id);

  const std::string target = fmt::format(
      "adapter: render, service: shop, base_url: \"{}\", poll: 50ms",
      host.url());
  bool deleted = false;
  const auto tried = [&](const Case& c) {
    std::map<std::string, std::string> env = {
        {"RENDER_API_KEY", settings.token}};
    for (const auto& [name, value] : c.env) env[name] = value;
    const Result result = probed(app, plan_of(c.target, c.more), env);
    check(c, result);
    CHECK(result.log.find(settings.token) == result.log.npos);
    host.put_before({});
    if (deleted) return;
    const auto after = host.server().view(id);
    CHECK(after.live_deploy == before.live_deploy);
    CHECK(after.live_env == before.live_env);
    CHECK(after.env == before.env);
    CHECK(after.start == before.start);
    CHECK(after.auto_deploy);
    CHECK(host.server().services().size() == 1);
  };
  const auto refused = [&](const std::string& method, const std::string& end,
                           int status, const std::string& words) {
    host.put_before([&host, method, end, status, words](const ApiCall& call) {
      return call.method == method && call.path.ends_with(end)
                 ? refusal(status, words)
                 : host.server()(call);
    });
  };

  SECTION("a wrong key") {
    tried({target, "", 128, {"401", "check the credentials"},
           {{"RENDER_API_KEY", "rnd_revoked"}}});
  }
  SECTION("a service that is not there") {
    tried({"adapter: render, service: shpo, base_url: \"" + host.url() +
                   "\"",
           "", 128, {"shpo"}});
  }
  SECTION("a service that somebody deletes in the middle: its copy tells") {
    deleted = true;
    host.put_before([&](const ApiCall& call) {
      ApiAnswer said = host.server()(call);
      if (call.method == "POST" && call.path.ends_with("/services")) {
        host.server().remove(id);
      }
      return said;
    });
    tried({target, "", 0, {}});
    CHECK(host.server().services().empty());
  }
  SECTION("a service that somebody deletes while it is tried in place") {
    deleted = true;
    host.put_before([&](const ApiCall& call) {
      ApiAnswer said = host.server()(call);
      if (call.method == "POST" && call.path.ends_with("/deploys")) {
        host.server().remove(id);
      }
      return said;
    });
    tried({target + ", in_place: true", "", 128, {"it is not there"}});
  }
  SECTION("a build that fails") {
    tried({target, "build: \"echo no compiler here; exit 3\"", 1,
           {"build: "}});
  }
  SECTION("variables that the platform refuses") {
    refused("PUT", "/env-vars", 400, "invalid key");
    tried({target, "", 1, {"release: ", "invalid key"}});
  }
  SECTION("a quota") {
    refused("POST", "/services", 429, "");
    tried({target, "", 125, {"429: too many requests"}});
  }
  SECTION("an account that has not paid") {
    refused("POST", "/services", 402, "payment is required");
    tried({target, "", 128, {"402 payment is required"}});
  }
}

TEST_CASE("What is wrong with a platform of the user's commands is one line",
          "[e2e][bad_input][command]") {
  BrokenService app;
  app.commit("");
  const auto tried = [&](const Case& c) {
    const auto calls = app.folder() / "calls";
    std::filesystem::remove(calls);
    app.file("up.sh", "echo deploy >>calls\n" + c.target);
    app.file("down.sh", "cat >/dev/null; echo withdraw >>calls\n");
    const Result result = probed(
        app,
        plan_of("adapter: command, deploy: sh up.sh, withdraw: sh down.sh, "
                "restore: sh down.sh, interval: 50ms" + c.more),
        {});
    check(c, result);
    // What was begun is taken away by its name, and nothing else is asked.
    const std::string asked = text_of(calls);
    CHECK_THAT(asked, Catch::EndsWith("withdraw\n"));
  };
  SECTION("credentials that it does not accept") {
    tried({"echo 'log in first: ours login' >&2; exit 77", "", 128,
           {"running the command for deploy", "exit 77",
            "log in first: ours login"}});
  }
  SECTION("a program that is not there") {
    tried({"exec no-such-cloud deploy", "", 128,
           {"exit 127", "no-such-cloud"}});
  }
  SECTION("an image that does not build") {
    tried({R"(echo '{"stage": "build", "message": "no compiler"}'; exit 1)",
           "", 1, {"build: no compiler"}});
  }
  SECTION("what it refuses") {
    tried({R"(echo '{"stage": "release", "message": "no such zone"}'; exit 1)",
           "", 1, {"release: no such zone"}});
  }
  SECTION("a quota") {
    tried({"echo 'too many apps: ours apps prune' >&2; exit 75", "", 125,
           {"exit 75", "too many apps: ours apps prune"}});
  }
  SECTION("what somebody deletes in the middle") {
    app.file("look.sh", R"(cat >/dev/null; echo '{"state": "gone"}')");
    tried({R"(cat >/dev/null; echo '{"id": 1, "url": "http://127.0.0.1:9"}')",
           ", status: sh look.sh",
           125,
           {"somebody removed it"}});
  }
}

}  // namespace rung::e2e::bad_cloud_test
