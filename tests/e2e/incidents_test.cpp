#include <fmt/format.h>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/example.hpp"
#include "tests/fakes/backing_server.hpp"
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

}  // namespace rung::e2e
