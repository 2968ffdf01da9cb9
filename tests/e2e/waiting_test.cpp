#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/cloudrun_host.hpp"
#include "tests/fakes/render_host.hpp"

// What rung costs while a platform takes its time.
namespace rung::e2e::waiting_test {
namespace {

using namespace std::chrono_literals;
using fakes::becomes_true;
using Seconds = std::chrono::duration<double>;

/// Processor time of all threads of a process so far.
Seconds cpu_of(pid_t pid) {
  std::uint64_t nanoseconds = 0;
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(
           fmt::format("/proc/{}/task", pid), gone)) {
    std::uint64_t one = 0;
    std::ifstream(task.path() / "schedstat") >> one;
    nanoseconds += one;
  }
  return std::chrono::nanoseconds(nanoseconds);
}

/// Of one processor, from when a deploy has begun until it is up.
double share_of(const RunningRung& rung, const std::function<bool()>& begun,
                const std::function<bool()>& up) {
  REQUIRE(becomes_true(begun));
  const auto from = std::chrono::steady_clock::now();
  const Seconds before = cpu_of(rung.pid());
  REQUIRE(becomes_true(up));
  const Seconds took = std::chrono::steady_clock::now() - from;
  const Seconds used = cpu_of(rung.pid()) - before;
  CHECK(took > 5s);  // else there was no wait
  return used / took;
}

// Long enough to tell a thousandth of a processor.
const std::string kSlow = "sleep 8; exec " RUNG_TEST_SERVICE;

std::string plan_of(const std::string& target) {
  return fmt::format(
      "rung: 1\nname: shop\nsource: {{repo: app}}\nstart: {}\n"
      "targets:\n  production: {{{}}}\nphases:\n  - name: live\n"
      "    gates: [{{http: /health, deadline: 20s}}]\n",
      kSlow, target);
}

}  // namespace

TEST_CASE("While Render takes its time rung takes none, and asks within the "
          "limits",
          "[e2e][render][waiting]") {
  BrokenService app;
  const std::string good = app.commit("");
  fakes::RenderHost::Settings settings;
  settings.times.limit = 30s;
  fakes::RenderHost host(settings);
  fakes::RenderServer::NewService service;
  service.name = "shop";
  service.repo = app.root();
  service.start = std::string("exec ") + RUNG_TEST_SERVICE;
  service.health_path = "/health";
  const std::string id = host.serve(service, good);
  // As it is in life: with the default pace.
  app.file("plan.yaml", plan_of(fmt::format("adapter: render, service: shop, "
                                            "base_url: \"{}\"",
                                            host.url())));
  const auto before = host.server().counts();
  const auto from = std::chrono::steady_clock::now();
  RunningRung rung({"probe", "plan.yaml", "--target", "production", "--json"},
                   app.folder(), {{"RENDER_API_KEY", settings.token}});
  const auto copy_is_up = [&] {
    for (const auto& one : host.server().services()) {
      if (one.id != id) return !one.live_deploy.empty() && one.quiet;
    }
    return false;
  };
  const double share = share_of(
      rung, [&] { return host.server().counts().deploys == 1; },
      copy_is_up);
  const Result result = rung.result();
  const Seconds took = std::chrono::steady_clock::now() - from;
  CAPTURE(result.log);
  REQUIRE(result.exit == 0);
  const auto after = host.server().counts();
  const auto calls = after.calls - before.calls;
  const auto writes = after.writes - before.writes;
  CHECK(share < 0.01);
  CHECK(after.refused == 0);  // the fake keeps Render's limits
  CHECK(after.created == 1);
  CHECK(after.deploys == 1);
  // Source: Render's documentation: 400 reads and 30 changes a minute.
  CHECK(static_cast<double>(calls - writes) < 400 * std::max(1.0, took / 60s));
  CHECK(writes <= 10);
  WARN(fmt::format("Render, a trial of {:.0f} s: {} reads and {} changes; {:.2f} "
                   "% of a processor while it waits",
                   took.count(), calls - writes, writes, share * 100));
}

TEST_CASE("While Cloud Run takes its time rung takes none",
          "[e2e][cloudrun][waiting]") {
  BrokenService app;
  const std::string good = app.commit("");
  fakes::CloudRunHost::Settings settings;
  settings.repository = app.root();
  settings.command = std::string("exec ") + RUNG_TEST_SERVICE;
  settings.patience = 30s;
  fakes::CloudRunHost host(settings);
  host.serve(good);
  app.file("plan.yaml",
           plan_of(fmt::format("adapter: cloudrun, project: shop, region: "
                               "europe-west1, service: web, image: \"{}\", "
                               "base_url: \"{}\", logging_url: \"{}\"",
                               host.image("{commit}"), host.url(),
                               host.url())));
  const auto calls = host.calls();
  const auto writes = host.writes();
  RunningRung rung({"probe", "plan.yaml", "--target", "production", "--json"},
                   app.folder(), host.credentials());
  const double share = share_of(
      rung, [&] { return host.server().facts().started == 2; },
      [&] { return host.server().facts().quiet; });
  const Result result = rung.result();
  CAPTURE(result.log);
  REQUIRE(result.exit == 0);
  CHECK(share < 0.01);
  WARN(fmt::format("Cloud Run, a trial: {} reads and {} changes; {:.2f} % of a "
                   "processor while it waits",
                   host.calls() - calls - (host.writes() - writes),
                   host.writes() - writes, share * 100));
}

}  // namespace rung::e2e::waiting_test
