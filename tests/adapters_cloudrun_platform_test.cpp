#include "adapters/cloudrun_platform.hpp"

#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "core/live_platform.hpp"
#include "tests/conformance/cloudrun_world.hpp"
#include "tests/conformance/suite.hpp"

namespace rung {

using conformance::Behaviour;
using conformance::CloudRunWorld;

TEST_CASE("Cloud Run, as its fake, does what every platform promises",
          "[adapters][cloudrun_platform][conformance]") {
  conformance::check_platform(
      [] { return std::make_unique<CloudRunWorld>(true); });
}

TEST_CASE("What Cloud Run, as its fake, serves is never lost",
          "[adapters][cloudrun_platform][conformance]") {
  conformance::check_live_platform(
      [] { return std::make_unique<CloudRunWorld>(false); });
}

}  // namespace rung
