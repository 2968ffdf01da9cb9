#include "adapters/render_platform.hpp"

#include <catch2/catch.hpp>
#include <iostream>

#include "core/error.hpp"
#include "tests/conformance/render_world.hpp"
#include "tests/conformance/suite.hpp"

namespace rung {

using conformance::Behaviour;
using conformance::RenderWorld;

TEST_CASE("The Render adapter keeps every platform's promises, on a fake",
          "[adapters][render][conformance]") {
  conformance::check_platform([] { return std::make_unique<RenderWorld>(); });
}

TEST_CASE("The Render adapter keeps a release serving, on a fake",
          "[adapters][render][conformance]") {
  conformance::check_live_platform([] {
    RenderWorld::Start start;
    start.live = false;
    return std::make_unique<RenderWorld>(start);
  });
}

}  // namespace rung
