#include <fmt/format.h>

#include <functional>

#include "adapters/system_clock.hpp"
#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/example.hpp"
#include "tests/fakes/backing_server.hpp"
#include "tests/fakes/cloudrun_server.hpp"
#include "tests/fakes/render_host.hpp"

// The incidents of plans/examples as they happen on the platforms that their
// plans name, each a fake that really runs what is deployed.
namespace rung::e2e {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Points a target of the plan at the fake.
void redirect(const Example& example, const std::string& service,
              const std::string& more) {
  const fs::path file = example.folder() / "plan.yaml";
  std::string text = text_of(file);
  const std::size_t at = text.find(service);
  REQUIRE(at != std::string::npos);
  text.insert(at + service.size(), more);
  std::ofstream(file, std::ios::trunc) << text;
}

std::string commit_of(const fs::path& repository, const std::string& name) {
  std::string id =
      ran({"git", "rev-parse", name + "^{commit}"}, repository).out;
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

bool comes_true(const std::function<bool()>& fact) {
  SystemClock clock;
  for (const auto until = clock.now() + 20s; clock.now() < until;) {
    if (fact()) return true;
    clock.sleep(5ms);
  }
  return false;
}

}  // namespace

TEST_CASE("two-environments: the password that was rotated is found on this "
          "machine and put back on Render with one deploy",
          "[e2e][examples][recover]") {
  fakes::PostgresServer* postgres = fakes::PostgresServer::shared();
  if (postgres == nullptr) return;
  Example example("two-environments");
  fakes::RenderHost::Settings settings;
  settings.shared_network = true;  // it reaches the database
  fakes::RenderHost render(settings);
  redirect(example, "service: orders-staging",
           fmt::format(", base_url: \"{}\", poll: 50ms", render.url()));

  fakes::RenderServer::NewService service;
  service.name = "orders-staging";
  service.repo = example.folder() / "app";
  service.start = "exec /usr/bin/python3 main.py";
  service.health_path = "/health";
  service.env = {{"DATABASE_URL", postgres->url()},
                 {"PORT", "8600"},
                 {"APP_ENV", "staging"},
                 {"PAGE_SIZE", "50"}};
  std::string lines;
  for (const auto& [name, value] : service.env) {
    lines += name + "='" + value + "'\n";
  }
  std::ofstream(example.folder() / "env.live") << lines;
  const std::string head = commit_of(example.folder() / "app", "HEAD");
  const std::string id = render.server().add(service, head);
  REQUIRE(render.quiet_within(id, 30s));
  REQUIRE(render.server().view(id).live_commit == head);

  auto env = service.env;
  env["DATABASE_URL"] = postgres->url("stage-staple-2718");
  env["PAGE_SIZE"] = "20";
  env["LOG_LEVEL"] = "info";
  render.server().set_env(id, env);
  render.server().deploy_by_somebody(id, head);
  REQUIRE(render.quiet_within(id, 30s));

  const Result result =
      RunningRung({"recover", "plan.yaml", "--target", "staging", "--good-env",
                   "env.live", "--apply", "--json"},
                  example.folder(), {{"RENDER_API_KEY", settings.token}})
          .result();
  CAPTURE(result.log);
  REQUIRE(result.exit == 0);
  const auto report = result.json();
  CHECK(culprits(report) == std::vector<std::vector<std::string>>{
                                {"env DATABASE_URL changed"}});
  CHECK(report["failure"]["stage"] == "start");
  for (const char* secret : {"stage-staple", fakes::PostgresServer::kPassword,
                             fakes::PostgresServer::kPasswordInUrl}) {
    CHECK(result.log.find(secret) == std::string::npos);
  }
  const auto now = render.server().view(id);
  CHECK(now.live_env.at("DATABASE_URL") == postgres->url());
  CHECK(now.live_env.at("PAGE_SIZE") == "20");
  CHECK(now.env == now.live_env);
  CHECK(now.auto_deploy);
  CHECK(render.server().services().size() == 1);
  CHECK(render.server().api_deploys(id) == 1);  // searched on this machine
}

TEST_CASE("cloudrun-listen: the commit that waits is found from what Cloud Run "
          "tells alone, and the one before it serves",
          "[e2e][examples][recover]") {
  Example example("cloudrun-listen");
  const fs::path app = example.folder() / "app";
  const std::string good = commit_of(app, "v1.0");
  const std::string bad = commit_of(app, "main");
  // The feed that lets everybody wait.
  fakes::HttpServer feed([](const auto&) { return fakes::HttpServer::kHang; });
  SystemClock clock;
  const fakes::TemporaryFolder instances;
  const std::string registry =
      "europe-west1-docker.pkg.dev/quotes-example/apps/quotes:";
  fakes::CloudRunServer::Settings settings;
  settings.project = "quotes-example";
  settings.region = "europe-west1";
  settings.service = "quotes";
  settings.routes = true;
  settings.make = fakes::running_instances(
      {app, instances.path(), "", "exec /usr/bin/python3 main.py"});
  fakes::CloudRunServer cloud(settings, clock);
  const std::map<std::string, std::string> env = {
      {"RATES_URL", fmt::format("http://127.0.0.1:{}/today", feed.port())}};
  cloud.seed(registry + good, env);
  fakes::ApiServer wire(
      [&](const fakes::ApiCall& call) { return cloud(call); });
  redirect(example, "service: quotes\n",
           fmt::format("    base_url: {0}\n    logging_url: {0}\n"
                       "    start_deadline: 4s\n    interval: 50ms\n"
                       "    log_delay: 50ms\n",
                       wire.url()));
  const auto serving = [&] { return cloud.facts().serving; };
  REQUIRE(comes_true([&] { return !serving().empty(); }));
  const std::string before = serving();
  const std::string failed = cloud.deploy_by_other(registry + bad, env);

  const Result result =
      RunningRung({"recover", "plan.yaml", "--target", "production", "--apply",
                   "--json"},
                  example.folder(), {{"GOOGLE_OAUTH_ACCESS_TOKEN", "token"}})
          .result();
  CAPTURE(result.log, before, failed);
  REQUIRE(result.exit == 0);
  const auto report = result.json();
  CHECK(report["culprits"][0][0]["subject"] == "Never show yesterday's rates");
  CHECK(report["failure"]["stage"] == "listen");
  const auto facts = cloud.facts();
  CHECK(facts.serving != before);
  CHECK(facts.serving != failed);
  CHECK(facts.tagged.empty());
  const std::string guilty = report["culprits"][0][0]["id"];
  const std::string repaired = registry + commit_of(app, guilty + "^1");
  CHECK(facts.started_by_image.at(repaired) == 1);  // the only deploy it took
}

}  // namespace rung::e2e
