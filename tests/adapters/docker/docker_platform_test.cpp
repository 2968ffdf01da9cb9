#include "adapters/docker/docker_platform.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "adapters/docker/containers.hpp"
#include "core/model/live_platform.hpp"
#include "tests/conformance/docker_world.hpp"
#include "tests/conformance/suite.hpp"
#include "tests/fakes/docker_daemon.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/podman_service.hpp"

namespace rung::docker_platform_test {
namespace {

using conformance::DockerWorld;
using conformance::Engine;
using conformance::world_in;

conformance::MakeWorld real(Engine engine, std::size_t step = 1) {
  return [=]() -> std::unique_ptr<conformance::World> {
    return world_in(engine, step);
  };
}

conformance::MakeWorld real_swarm() {
  return []() -> std::unique_ptr<conformance::World> {
    auto* daemon = fakes::DockerDaemon::shared_swarm();
    if (daemon == nullptr) return nullptr;
    return std::make_unique<DockerWorld>(
        daemon->socket(),
        std::map<std::string, std::string>{{"swarm", "true"}}, 5);
  };
}

}  // namespace

TEST_CASE("A real Docker Engine does what every platform promises",
          "[adapters][docker][conformance][real-docker]") {
  conformance::check_platform(real(Engine::docker));
}

TEST_CASE("A real Docker Engine keeps a release serving",
          "[adapters][docker][conformance][real-docker]") {
  conformance::check_live_platform(real(Engine::docker));
}

// Each of its calls takes ten times as long.
TEST_CASE("A real Podman does what every platform promises",
          "[adapters][docker][conformance][real-podman]") {
  conformance::check_platform(real(Engine::podman, 3));
}

TEST_CASE("A real Podman keeps a release serving",
          "[adapters][docker][conformance][real-podman]") {
  conformance::check_live_platform(real(Engine::podman, 4));
}

namespace {

/// One trial of a release that something is wrong with.
ProbeEvidence tried(DockerWorld& world, std::map<std::string, std::string> files,
                    std::map<std::string, std::string> config = {},
                    std::map<std::string, std::string> options = {}) {
  Bundle bundle = world.release_of(std::move(files));
  bundle.release.config = std::move(config);
  RemoteSettings settings = world.settings();
  settings.options["init"] = "false";
  for (const auto& [key, value] : options) settings.options[key] = value;
  const auto platform = make_docker_platform(settings);
  ProbeEvidence seen = conformance::probed(*platform, bundle);
  CHECK(world.existing() == conformance::none());
  return seen;
}

std::string verdict_of(const ProbeEvidence& seen) {
  const Observation& observed = seen.observation;
  std::string text(to_string(observed.verdict));
  if (observed.failure) {
    text += fmt::format(" {}/{}", to_string(observed.failure->stage),
                        observed.failure->cause);
    UNSCOPED_INFO(observed.failure->message << "\n" << seen.log);
  }
  return text;
}

// Where the engine takes a registry without TLS.
std::uint16_t registry_port(Engine engine) {
  return engine == Engine::podman
             ? fakes::PodmanService::shared()->registry_port()
             : fakes::free_port();
}

std::string from_service(const std::string& rest) {
  return fmt::format("FROM {}\n{}\n", fakes::DockerDaemon::kServiceImage, rest);
}

}  // namespace

TEST_CASE("What is wrong with a release is seen where it is, in a container",
          "[adapters][docker][real-docker][real-podman]") {
  const auto engine = GENERATE(Engine::docker, Engine::podman);
  CAPTURE(to_string(engine));
  const auto made = world_in(engine);
  if (!made) return;
  DockerWorld& world = *made;
  SECTION("nothing") {
    CHECK(verdict_of(tried(world, {{"behaviour", "port PORT\n"}})) == "good");
  }
  SECTION("a variable is missing") {
    const auto seen =
        tried(world, {{"behaviour",
                       "if-unset SETTING: die 3 Error: Missing required "
                       "environment variable: SETTING\n"}});
    CHECK(verdict_of(seen).starts_with("bad start/"));
    CHECK_THAT(seen.log, Catch::Contains("SETTING"));
  }
  SECTION("another port") {
    const auto port = std::to_string(fakes::free_port());
    const auto seen = tried(world, {{"behaviour", "port OTHER " + port + "\n"}});
    CHECK(verdict_of(seen) == "bad listen/wrong-port");
    CHECK(seen.observation.failure->evidence == port);
  }
  SECTION("health answers 404") {
    CHECK(verdict_of(tried(world, {{"behaviour", "port PORT\nstatus 404\n"}})) ==
          "bad health/health-check-404");
  }
  SECTION("more memory than there is") {
    // Not at once: the engine misses what happens before it begins to look.
    const std::string verdict =
        verdict_of(tried(world, {{"behaviour", "sleep 1000\neat 64\n"}},
                         {{"platform:memory", "16m"}}));
    // Podman's monitor does not see it where control groups are v1.
    CHECK((verdict == "bad start/oom-killed" ||
           (engine == Engine::podman && verdict == "bad start/unknown")));
  }
  SECTION("the command is missing") {
    CHECK(verdict_of(tried(world, {{"Dockerfile",
                                    from_service("CMD [\"/not-there\"]")}})) ==
          "bad start/command-not-found");
  }
  SECTION("the command is not executable") {
    CHECK(verdict_of(tried(world, {{"behaviour", "x"},
                                   {"Dockerfile",
                                    from_service("COPY behaviour /app\n"
                                                 "CMD [\"/app\"]")}})) ==
          "bad start/permission-denied");
  }
  SECTION("no Dockerfile") {
    Bundle bundle = world.release_of({{"behaviour", "port PORT\n"}});
    RemoteSettings settings = world.settings();
    settings.options["dockerfile"] = "deploy/Dockerfile";
    const auto platform = make_docker_platform(settings);
    CHECK(verdict_of(conformance::probed(*platform, bundle)) ==
          "bad build/no-build-plan");
  }
  SECTION("a step of the build fails") {
    const auto seen =
        tried(world, {{"Dockerfile", from_service("RUN [\"/service\"]")}});
    CHECK(verdict_of(seen).starts_with("bad build/"));
    CHECK_THAT(seen.log, Catch::Contains("behaviour: no such file"));
  }
  SECTION("a Dockerfile that is none") {
    CHECK(verdict_of(tried(world, {{"Dockerfile", "FORM scratch\n"}})) ==
          "bad build/syntax-error");
  }
  SECTION("the registry has no such image") {
    const fakes::HttpServer registry([](const std::string& request) {
      return request.starts_with("GET /v2/ ")
                 ? fakes::http_reply(200, "{}")
                 : fakes::http_reply(404,
                                     "{\"errors\":[{\"code\":"
                                     "\"MANIFEST_UNKNOWN\",\"message\":"
                                     "\"manifest unknown\"}]}",
                                     "Content-Type: application/json\r\n");
    }, registry_port(engine));
    const std::string image =
        fmt::format("127.0.0.1:{}/none:1", registry.port());
    CHECK(verdict_of(tried(world, {{"behaviour", "x"}},
                           {{"platform:image", image}})) ==
          "bad source/image-pull-failed");
  }
  SECTION("nothing, but the registry cannot be asked") {
    CHECK(verdict_of(tried(world, {{"behaviour", "x"}},
                           {{"platform:image", "127.0.0.1:1/none:1"}})) ==
          "infra release/platform-error");
  }
  SECTION("nothing, but the engine has no bridge to publish on") {
    if (engine == Engine::podman) return;  // it makes one
    CHECK_THROWS_WITH(tried(world, {{"behaviour", "port PORT\n"}}, {},
                            {{"network", "bridge"}}),
                      Catch::Contains("network: host"));
  }
}

TEST_CASE("A container bound to 127.0.0.1 shows that it is",
          "[adapters][docker][real-docker][real-podman]") {
  const auto engine = GENERATE(Engine::docker, Engine::podman);
  CAPTURE(to_string(engine));
  const auto made = world_in(engine);
  if (!made) return;
  DockerWorld& world = *made;
  const auto platform = world.another_rung();
  const auto trial = conformance::deployed(
      *platform,
      world.release_of({{"behaviour", "bind 127.0.0.1\nport PORT\n"}}));
  CHECK(conformance::judged(*trial).verdict == Verdict::good);
  const auto bound = trial->sockets();
  REQUIRE(bound);
  CHECK(*bound == std::vector<BoundSocket>{{"127.0.0.1", trial->routed_port()}});
  platform->withdraw(*trial);
}

TEST_CASE("An image is built once for what goes into it, env not among it",
          "[adapters][docker][real-docker][real-podman]") {
  const auto engine = GENERATE(Engine::docker, Engine::podman);
  CAPTURE(to_string(engine));
  const auto made = world_in(engine);
  if (!made) return;
  DockerWorld& world = *made;
  const auto builds = [&] {
    const std::string heard = world.overheard();
    std::size_t count = 0;
    for (auto at = heard.find("/build?"); at != std::string::npos;
         at = heard.find("/build?", at + 1)) {
      ++count;
    }
    return count;
  };
  Bundle bundle = world.release_of({{"behaviour", "port PORT\n"}});
  for (const char* level : {"info", "debug"}) {
    bundle.env["LEVEL"] = bundle.release.env["LEVEL"] = level;
    const auto platform = world.another_rung();
    const auto trial = conformance::deployed(*platform, bundle);
    CHECK(trial->env().at("LEVEL") == level);
    platform->withdraw(*trial);
  }
  CHECK(builds() == 1);
  bundle.files["more.conf"] = "generated";
  const auto platform = world.another_rung();
  platform->withdraw(*conformance::deployed(*platform, bundle));
  CHECK(builds() == 2);
}

TEST_CASE("What somebody else had put there is set aside, not removed",
          "[adapters][docker][real-docker][real-podman]") {
  const auto engine = GENERATE(Engine::docker, Engine::podman);
  CAPTURE(to_string(engine));
  const auto made = world_in(engine);
  if (!made) return;
  DockerWorld& world = *made;
  DockerContainers containers(world.engine());
  const std::string name = world.app() + "-by-hand";
  const auto theirs = std::get<std::string>(containers.create(
      name, {{"Image", fakes::DockerDaemon::kServiceImage},
             {"Cmd", {"/service"}},
             {"HostConfig", {{"NetworkMode", "none"}}}}));
  RemoteSettings settings = world.settings();
  settings.options["name"] = name;
  const auto platform = make_docker_platform(settings);
  auto& live = dynamic_cast<LivePlatform&>(*platform);
  const auto result = live.serve(
      world.bundle(conformance::Behaviour::good), "first", [](Deployment& d) {
        return conformance::judged(d).verdict == Verdict::good;
      });
  CHECK(result.serves);
  const auto aside = containers.inspect(theirs);
  REQUIRE(aside);
  CHECK_THAT(aside->name, Catch::StartsWith(name + "-before-rung"));
  CHECK_FALSE(aside->running);
  live.stop();
  containers.remove(theirs);
}

TEST_CASE("A real swarm does what every platform promises",
          "[adapters][docker][conformance][real-docker]") {
  conformance::check_platform(real_swarm());
}

TEST_CASE("A real swarm keeps a release serving",
          "[adapters][docker][conformance][real-docker]") {
  conformance::check_live_platform(real_swarm());
}

}  // namespace rung::docker_platform_test
