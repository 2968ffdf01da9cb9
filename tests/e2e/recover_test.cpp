#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/render_host.hpp"

// Incidents on the fake of Render that really runs what is deployed.
namespace rung::e2e::recover_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kRules =
    "if-unset SESSION_SECRET: die 1 Error: SESSION_SECRET is not set\n";

/// A service on Render that works, and a plan that knows of it.
class Incident {
 public:
  Incident() : render_(settings()) {
    good_ = app_.commit(kRules);
    app_.commits(5, kRules);
    fakes::RenderServer::NewService service;
    service.name = "shop";
    service.repo = app_.root();
    service.env = {{"SESSION_SECRET", kSecret}, {"COLOUR", "red"}};
    service.start = std::string("exec ") + RUNG_TEST_SERVICE;
    service.health_path = "/health";
    id_ = render_.serve(service, good_);
    std::ofstream(app_.folder() / "env.good")
        << "SESSION_SECRET=" << kSecret << "\nCOLOUR=red\nPRICE=5$eur\n";
    write_plan("");
  }

  void write_plan(const std::string& more) {
    std::ofstream(app_.folder() / "plan.yaml") << fmt::format(R"(rung: 1
name: shop
source: {{repo: app}}
start: exec {}
{}
targets:
  local: {{emulate: render}}
  production: {{adapter: render, service: shop, base_url: "{}", poll: 50ms}}
phases:
  - name: live
    gates: [{{http: /health, deadline: 5s, settled: 500ms}}]
)",
                                                      RUNG_TEST_SERVICE, more,
                                                      render_.url());
  }

  /// Somebody tidies the variables up and deploys the newest commit.
  void happens() {
    const std::string head = app_.commit(kRules);
    render_.server().set_env(id_, {{"COLOUR", "blue"}, {"LOG", "quiet"}});
    render_.server().deploy_by_somebody(id_, head);
    REQUIRE(render_.quiet_within(id_, 20s));
    REQUIRE(view().live_commit == good_);  // the old one goes on
  }

  void commit_more() { app_.commit(kRules); }

  Result recover(std::vector<std::string> more) {
    more.insert(more.begin(), {"recover", "plan.yaml", "--target", "production",
                               "--json"});
    return here(std::move(more));
  }
  Result here(const std::vector<std::string>& words) {
    const Result result =
        RunningRung(words, app_.folder(),
                    {{"RENDER_API_KEY", settings().token}})
            .result();
    CHECK(result.log.find(kSecret) == std::string::npos);
    CHECK(result.log.find(settings().token) == std::string::npos);
    return result;
  }

  fakes::RenderServer::View view() { return render_.server().view(id_); }
  fakes::RenderServer& server() { return render_.server(); }
  [[nodiscard]] const std::string& good() const { return good_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  static constexpr const char* kSecret = "battery-horse-42";

 private:
  static fakes::RenderHost::Settings settings() {
    fakes::RenderHost::Settings settings;
    settings.shared_network = true;
    return settings;
  }

  BrokenService app_;
  fakes::RenderHost render_;
  std::string good_, id_;
};

}  // namespace

TEST_CASE("Nothing is recovered where nothing failed", "[e2e][recover]") {
  Incident incident;
  incident.write_plan("env_files: [env.good]");
  const std::size_t writes = incident.server().counts().writes;
  const Result result = incident.recover({});
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK(result.json()["outcome"] == "healthy");
  CHECK_THAT(result.json()["notes"].dump(),
             Catch::Contains("env.good:3: PRICE is read as"));
  CHECK(incident.server().counts().writes == writes);
}

TEST_CASE("The variable that somebody tidied away on Render is found without a "
          "write and put back with --apply",
          "[e2e][recover]") {
  Incident incident;
  incident.happens();
  const std::size_t writes = incident.server().counts().writes;

  const Result unknown = incident.recover({"--read-only"});
  CAPTURE(unknown.log);
  CHECK(unknown.exit == 129);  // Render does not tell what the live one runs with
  CHECK_THAT(unknown.json()["error"].get<std::string>(),
             Catch::Contains("--good-env"));

  const Result read = incident.recover({"--read-only", "--good-env", "env.good"});
  CAPTURE(read.log);
  CHECK(read.exit == 1);
  const auto found = read.json();
  REQUIRE(found["outcome"] == "culprit");
  CHECK(culprits(found) == std::vector<std::vector<std::string>>{
                               {"env SESSION_SECRET removed"}});
  CHECK(found["failure"]["stage"] == "start");
  CHECK_THAT(found["notes"].dump(),
             Catch::Contains("env.good:3: PRICE is read as"));
  CHECK_THAT(read.log, Catch::Contains("SESSION_SECRET is not set"));
  CHECK(incident.server().counts().writes == writes);

  const Result applied = incident.recover({"--apply", "--good-env", "env.good"});
  CAPTURE(applied.log);
  CHECK(applied.exit == 0);
  CHECK(applied.json()["known_good"]["target"] == "production");
  const auto now = incident.view();
  CHECK(now.live_commit != incident.good());  // the new code, with the variable
  CHECK(now.live_env.at("SESSION_SECRET") == Incident::kSecret);
  CHECK(now.live_env.at("COLOUR") == "blue");  // innocent: stays as tidied
  CHECK(now.env == now.live_env);
  CHECK(now.auto_deploy);
  CHECK(incident.server().api_deploys(incident.id()) == 1);
  CHECK(incident.server().services().size() == 1);
}

TEST_CASE("A climb deploys to Render whole, and a rollback brings the whole "
          "release before back",
          "[e2e][recover][platforms]") {
  Incident incident;
  const auto here = [&](std::vector<std::string> words) {
    return incident.here(std::move(words));
  };
  incident.write_plan("env: {SESSION_SECRET: battery-horse-42, COLOUR: red}");
  const Result first = here({"climb", "plan.yaml", "--target", "production",
                             "--json"});
  CAPTURE(first.log);
  REQUIRE(first.exit == 0);
  const auto red = incident.view();
  CHECK(red.live_commit != incident.good());
  CHECK(red.live_env.at("COLOUR") == "red");

  incident.commit_more();
  incident.write_plan("env: {SESSION_SECRET: battery-horse-42, COLOUR: blue}");
  const Result second = here({"climb", "plan.yaml", "--target", "production",
                              "--json"});
  CAPTURE(second.log);
  REQUIRE(second.exit == 0);
  CHECK(incident.view().live_env.at("COLOUR") == "blue");
  CHECK(incident.view().live_commit != red.live_commit);

  const Result back = here({"rollback", "plan.yaml", "--target", "production",
                            "--json"});
  CAPTURE(back.log);
  CHECK(back.exit == 0);
  CHECK(incident.view().live_commit == red.live_commit);
  CHECK(incident.view().live_env == red.live_env);
  CHECK(incident.view().env == red.env);  // the stored ones too
  CHECK(incident.view().auto_deploy);
}

}  // namespace rung::e2e::recover_test
