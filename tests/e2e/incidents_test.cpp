#include <fmt/format.h>

#include "adapters/process/process.hpp"
#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/example.hpp"
#include "tests/fakes/backing_server.hpp"
#include "tests/fakes/cloudrun_host.hpp"
#include "tests/fakes/own_network.hpp"
#include "tests/fakes/render_host.hpp"
#include "tests/fakes/skipped.hpp"

// The incidents of plans/examples as they happen on the platforms that their
// plans name, each a fake that really runs what is deployed.
namespace rung::e2e::incidents_test {
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

std::string line_of(const std::vector<std::string>& argv, const fs::path& cwd) {
  std::string text = ran(argv, cwd).out;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string commit_of(const fs::path& repository, const std::string& name) {
  return line_of({"git", "rev-parse", name + "^{commit}"}, repository);
}

/// The one whose message begins so.
std::string commit_saying(const fs::path& repository, const std::string& words) {
  return line_of({"git", "rev-list", "--grep=^" + words, "main"}, repository);
}

/// The variables of an env file of plain NAME=VALUE lines.
std::map<std::string, std::string> variables_of(const fs::path& file) {
  std::map<std::string, std::string> env;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    if (line.empty() || line[0] == '#' || equals == line.npos) continue;
    env[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return env;
}

/// The slow feed of the examples, on a port of this machine.
class SlowFeed {
 public:
  explicit SlowFeed(const Example& example) {
    ProcessSpec spec;
    spec.argv = {"/usr/bin/python3",
                 (example.folder() / "services" / "slow-feed").string()};
    spec.env["PORT"] = std::to_string(port_);
    spec.cwd = example.folder();
    process_.emplace(Process::start(spec));
    for (int fd = -1; fd < 0;) {
      REQUIRE_FALSE(process_->exited());
      fd = fakes::connect_here(port_);
      if (fd >= 0) ::close(fd);
      else process_->wait(20ms);
    }
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/today", port_);
  }

 private:
  std::uint16_t port_ = fakes::free_port();
  std::optional<Process> process_;
};

std::string page_at(const std::string& url, const fs::path& cwd) {
  return ran({"curl", "-s", "--max-time", "5", url}, cwd).out;
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
  const std::string id = render.serve(service, head);

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

TEST_CASE("render-port: the PORT that a clean-up deleted is found on this "
          "machine and put back with one deploy, on a platform that does not "
          "set it",
          "[e2e][examples][recover]") {
  if (!fakes::OwnNetwork::make()) {
    fakes::skipped("no network namespaces, and the board's ports are fixed");
    return;
  }
  Example example("render-port");
  fakes::RenderHost::Settings settings;
  settings.fixed_port = 10000;  // README.md of the example: not as documented
  fakes::RenderHost render(settings);
  redirect(example, "service: board",
           fmt::format(", base_url: \"{}\", poll: 50ms", render.url()));

  fakes::RenderServer::NewService service;
  service.name = "board";
  service.repo = example.folder() / "app";
  service.start = "exec node server.js";
  service.health_path = "/health";
  service.env = variables_of(example.folder() / ".env.production");
  REQUIRE(service.env.size() == 36);
  const std::string head = commit_of(example.folder() / "app", "HEAD");
  const std::string id = render.serve(service, head);
  const std::string before = render.server().view(id).live_deploy;

  const auto cleaned = variables_of(example.folder() / ".env.cleaned-up");
  REQUIRE(cleaned.size() == 22);
  render.server().set_env(id, cleaned);
  render.server().deploy_by_somebody(id, head);
  REQUIRE(render.quiet_within(id, 30s));
  REQUIRE(render.server().view(id).live_deploy == before);  // it goes on

  const Result result =
      RunningRung({"recover", "plan.yaml", "--target", "production",
                   "--good-env", ".env.production", "--apply", "--json"},
                  example.folder(), {{"RENDER_API_KEY", settings.token}})
          .result();
  CAPTURE(result.log);
  REQUIRE(result.exit == 0);
  const auto report = result.json();
  CHECK(culprits(report) ==
        std::vector<std::vector<std::string>>{{"env PORT removed"}});
  CHECK(report["failure"]["stage"] == "listen");
  CHECK(report["failure"]["cause"] == "wrong-port");
  const auto now = render.server().view(id);
  auto repaired = cleaned;
  repaired["PORT"] = "10000";  // and nothing else of the fourteen
  CHECK(now.live_env == repaired);
  CHECK(now.env == repaired);
  CHECK(now.live_deploy != before);
  CHECK(now.auto_deploy);
  CHECK(render.server().services().size() == 1);
  CHECK(render.server().api_deploys(id) == 1);  // searched on this machine
}

TEST_CASE("cloudrun-listen: the commit that waits before it listens is found on "
          "this machine and taken back on Cloud Run with one deploy",
          "[e2e][examples][recover]") {
  Example example("cloudrun-listen");
  const SlowFeed feed(example);
  const fs::path app = example.folder() / "app";
  fakes::CloudRunHost::Settings settings;
  settings.service = "quotes";
  settings.repository = app;
  settings.command = "exec /usr/bin/python3 main.py";
  settings.shared_network = true;  // it reaches the feed
  fakes::CloudRunHost cloudrun(settings);
  redirect(example, "service: quotes",
           fmt::format("\n    base_url: \"{0}\"\n    logging_url: \"{0}\"\n"
                       "    interval: 50ms\n    log_delay: 100ms",
                       cloudrun.url()));

  // Serving since the service had an image; then somebody deploys the newest.
  const std::string good = commit_saying(app, "Build an image");
  cloudrun.serve(good, {{"RATES_URL", feed.url()}}, 8000);
  const std::string before = cloudrun.server().facts().serving;
  const std::string failed = cloudrun.server().deploy_by_other(
      cloudrun.image(commit_of(app, "main")));
  REQUIRE(cloudrun.quiet_within(30s));
  REQUIRE(cloudrun.server().facts().serving == before);
  const std::size_t deploys = cloudrun.server().facts().started;

  const Result result =
      RunningRung({"recover", "plan.yaml", "--target", "production", "--apply",
                   "--json"},
                  example.folder(), cloudrun.credentials())
          .result();
  CAPTURE(result.log);
  REQUIRE(result.exit == 0);
  const auto report = result.json();
  const std::string guilty = commit_saying(app, "Never show yesterday");
  CHECK(guilty.substr(0, 7) == "2175bf8");
  CHECK(culprits(report) ==
        std::vector<std::vector<std::string>>{{"commit " + guilty}});
  CHECK(report["failure"]["stage"] == "listen");

  const auto now = cloudrun.server().facts();
  CHECK(now.started - deploys == 1);  // searched on this machine
  CHECK(now.serving_image ==
        cloudrun.image(commit_of(app, guilty + "^1")));
  CHECK(now.tagged.empty());
  CHECK_FALSE(now.template_.contains("revision"));
  CHECK(now.traffic.size() == 1);
  CHECK(page_at(now.uri + "/health", app) == R"({"ok": true})");
}

}  // namespace rung::e2e::incidents_test
