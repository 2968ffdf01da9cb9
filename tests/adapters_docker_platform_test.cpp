#include "adapters/docker_platform.hpp"

#include <catch2/catch.hpp>

#include "tests/conformance/docker_world.hpp"
#include "tests/conformance/suite.hpp"
#include "tests/fakes/docker_daemon.hpp"

namespace rung {
namespace {

using conformance::DockerWorld;

conformance::MakeWorld real_engine() {
  return []() -> std::unique_ptr<conformance::World> {
    auto* daemon = fakes::DockerDaemon::shared();
    if (daemon == nullptr) return nullptr;
    return std::make_unique<DockerWorld>(daemon->socket());
  };
}

}  // namespace

TEST_CASE("A real Docker Engine does what every platform promises",
          "[adapters][docker][conformance][real-docker]") {
  conformance::check_platform(real_engine());
}

TEST_CASE("A real Docker Engine keeps a release serving",
          "[adapters][docker][conformance][real-docker]") {
  conformance::check_live_platform(real_engine());
}

}  // namespace rung
